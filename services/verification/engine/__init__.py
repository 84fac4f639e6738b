"""How claims are checked: pure decisions over texts and evidence. No Kafka, no SQL, no web, no clock."""
