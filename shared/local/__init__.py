"""Servers a laptop can run by itself: an embedded Postgres, an embedded broker, and a real Apache Kafka where Java is found."""
