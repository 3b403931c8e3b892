"""The web server's own log lines, which it writes apart from all other loggers."""

from typing import Any

from gunicorn.glogging import Logger

from config.logs import WithoutMessages


class GunicornLogger(Logger):
    """Tells of an exception its class and frames, and of an address no query, where a name may stand."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(WithoutMessages(self.error_fmt, self.datefmt))

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        super().exception(msg, *(each.partition("?")[0] if isinstance(each, str) else each for each in args), **kwargs)
