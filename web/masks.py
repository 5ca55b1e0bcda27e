"""What outsiders may see of a person: names, telephones and addresses with their middle taken out (promises 5.6)."""


def mask_name(name: str) -> str:
    """First character, or first part of a name with separators: 张*, 买买提·*. Masked names stay as they are."""
    first, separator, _ = name.strip(" ·").partition("·")
    return f"{first}·*" if separator else f"{first[:1].strip('*')}*"


def mask_phone(phone: str) -> str:
    """First three and last four digits of a mobile; of a short number only the last two."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"****{phone[-2:]}" if phone else ""


def mask_email(address: str) -> str:
    """The first character and the domain: z***@example.cn."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if local else ""


def mask_number(tail: str | None) -> str:
    """Eight stars and the characters that may be shown; nothing if there is no number."""
    return f"********{tail}" if tail else ""
