"""The web server reads this file by itself, where it is started in this folder."""

# Its own lines, too, tell of an exception its class and frames alone.
logger_class = "config.web_logs.GunicornLogger"
