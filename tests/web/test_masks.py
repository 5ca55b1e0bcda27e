"""What outsiders may see of a person."""

import pytest

from web.masks import mask_email, mask_name, mask_number, mask_phone


@pytest.mark.parametrize(
    "name, shown",
    [
        *(("张小明", "张*"), ("张", "张*"), ("欧阳娜娜", "欧*"), ("𠮷野", "𠮷*"), ("John Smith", "J*"), ("", "*")),
        *(("买买提·艾合买提", "买买提·*"), ("阿·卜·杜", "阿·*"), ("·张三", "张*")),
    ],
)
def test_a_name_shows_only_its_beginning_and_masking_twice_changes_nothing(name, shown):
    assert mask_name(name) == shown
    assert mask_name(shown) == shown


def test_telephones_addresses_and_numbers_lose_their_middle():
    assert mask_phone("15412345678") == "154****5678"
    assert mask_phone("8812345") == "****45"
    assert mask_phone("") == ""
    assert mask_email("zhang@example.cn") == "z***@example.cn"
    assert mask_email("") == ""
    assert mask_number("124X") == "********124X"
    assert mask_number(None) == ""
