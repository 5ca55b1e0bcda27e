"""`./xuejiban test --pictures` makes the pictures of the README anew, from the demonstration on a fixed day."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from models import crypto
from models.cases import Case
from models.certificates import Certificate
from models.session import reading
from models.transfers import Transfer
from tests.browser import OUTPUT, serve, tab
from web import clock
from web.app import create_app
from web.config import Settings
from web.database import House, open_house
from web.demo import accounts
from web.demo.setting_up import Plan, set_up
from web.worker import Worker

pytestmark = pytest.mark.pictures
DAY = dt.date(2025, 11, 20)
TARGET = Path(__file__).resolve().parents[2] / "docs" / "pictures"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A demonstration whose certificates are printed."""
    settings = Settings.from_environment({}, data_dir=tmp_path).on(DAY)
    clock.set_today(DAY)
    set_up(Plan(settings, clock.now()))
    house = open_house(settings)
    with Worker(house) as worker:
        worker.print_papers()
    yield house
    house.close()
    clock.set_today(None)
    crypto.use(None)


def test_pictures_for_the_readme(house: House, browser: Browser) -> None:
    with reading(house.engine) as session:
        no = session.scalars(
            select(Case.no).join(Transfer, Transfer.case_id == Case.id).where(Transfer.name == "高怡若")
        ).one()
        paper = session.scalars(select(Certificate.public_id).order_by(Certificate.id).limit(1)).one()
    with serve(create_app(house.settings, house)) as address, tab(browser) as page:
        sign_in(house, page, address, "qingsong.leader")
        take(page, f"{address}/inbox", "inbox")
        page.context.clear_cookies()
        sign_in(house, page, address, "yuying.leader")
        take(page, f"{address}/cases/{quote(no)}", "case")
        page.context.clear_cookies()
        sign_in(house, page, address, "qingsong.clerk")
        take(page, f"{address}/certificates/{paper}", "certificate")


def sign_in(house: House, page: Page, address: str, username: str) -> None:
    password = next(one["password"] for one in accounts.read(house.settings.data_dir) if one["username"] == username)
    page.goto(f"{address}/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/inbox")


def take(page: Page, address: str, name: str) -> None:
    """Save what fits on a small screen, in few colours: the picture travels with the source."""
    answer = page.goto(address)
    assert answer
    assert answer.ok, address
    page.set_viewport_size({"width": 1366, "height": 900})
    page.screenshot(path=OUTPUT / f"readme-{name}.png")
    TARGET.mkdir(parents=True, exist_ok=True)
    with Image.open(OUTPUT / f"readme-{name}.png") as picture:
        small = picture.convert("RGB").quantize(96, dither=Image.Dither.NONE)
        small.save(TARGET / f"{name}.png", optimize=True)
