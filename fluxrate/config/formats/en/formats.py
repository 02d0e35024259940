"""How pages write times: in one order for every reader, with the zone."""

DATE_FORMAT, TIME_FORMAT = "Y-m-d", "H:i:s"
DATETIME_FORMAT = "Y-m-d H:i:s T"
