"""Templates compiled once in each process: every test has its own application, and a third of its time went there."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class _Kept(BytecodeCache):
    def __init__(self) -> None:
        self.compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.compiled[bucket.key, bucket.checksum] = bucket.code


_kept = _Kept()


def use_in(app: Flask) -> None:
    """Let an application use, and add to, what others of this process have compiled."""
    app.jinja_env.bytecode_cache = _kept
