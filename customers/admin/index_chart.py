"""A bar chart of months as SVG, without a script or a style of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from .index_months import Month

WIDTH, HEIGHT, TOP, BOTTOM = 600, 170, 16, 22


@dataclass(frozen=True)
class Bar:
    """A rectangle, and where its two texts are centered."""

    month: Month
    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    @property
    def text_y(self) -> float:
        return self.y - 4


@dataclass(frozen=True)
class Chart:
    noun: str
    months: Sequence[Month]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def base(self) -> int:
        return HEIGHT - BOTTOM

    @property
    def bars(self) -> list[Bar]:
        most = max((month.rows for month in self.months), default=0) or 1
        step = WIDTH / max(len(self.months), 1)
        heights = [
            round((self.base - TOP) * month.rows / most, 1) for month in self.months
        ]
        return [
            Bar(
                month,
                x=round(index * step + step * 0.15, 1),
                y=self.base - height,
                width=round(step * 0.7, 1),
                height=height,
            )
            for index, (month, height) in enumerate(
                zip(self.months, heights, strict=True)
            )
        ]
