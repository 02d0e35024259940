"""As for English; only numbers differ."""

DATE_FORMAT, TIME_FORMAT = "Y-m-d", "H:i:s"
DATETIME_FORMAT = "Y-m-d H:i:s T"

DECIMAL_SEPARATOR, THOUSAND_SEPARATOR, NUMBER_GROUPING = ",", ".", 3
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
