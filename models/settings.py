"""What an installation knows about itself: a few named values, such as whether its data are a demonstration."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Setting(Base):
    """One named value. Rules of the trade are policies; this is only what the installation must remember."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]
