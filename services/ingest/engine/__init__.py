"""From the CMS's HTML to plain, stable blocks of text. Pure: no network, no database, no clock."""
