"""Promise P15 by the key alone: a number is found in every written form, and no near miss is taken for it."""

from random import Random

from models import crypto
from models.students import Student
from tests.planted import written
from workflow.duplicates.numbers import neighbours
from workflow.identity import check_character

PAIRS = 10_000
FORMS = ("plain", "full_width", "spaced", "hyphens", "lower_x", "apostrophe")


def drawn(count: int) -> list[str]:
    draw = Random(15)
    bodies = {f"{draw.randrange(110000, 660000)}19{draw.randrange(50, 99)}{draw.randrange(1, 12):02}"
              f"{draw.randrange(1, 28):02}{draw.randrange(1000):03}" for _ in range(count)}  # fmt: skip
    return [body + check_character(body) for body in sorted(bodies)]


def test_ten_thousand_numbers_are_the_same_in_every_hand_and_ten_thousand_near_misses_are_not() -> None:
    crypto.use(crypto.KeyRing.create())
    index_of = Student.id_number.index_of
    draw, numbers = Random(16), drawn(PAIRS)
    assert len(numbers) > PAIRS * 0.99
    for place, number in enumerate(numbers):
        own = index_of(number)
        assert index_of(written(number, FORMS[place % len(FORMS)])) == own
        assert index_of(f"\u3000{number}\u00a0") == own
        assert index_of(number[:6] + number[8:17]) == own, "the 15 digits it had before 2000"
        assert index_of(draw.choice(neighbours(number))) != own
