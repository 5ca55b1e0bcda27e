"""The printed paper of a certificate: sealed in the store under the certificate's own key, found again, checked."""

import hashlib

from models import crypto
from models.certificates import Certificate
from models.sealed import data_key_of
from workflow.storage import Store


def keep_pdf(store: Store, certificate: Certificate, content: bytes) -> None:
    """Keep the printed PDF of a certificate. Printing the same facts again is harmless; the caller commits."""
    certificate.storage_key = store.put(content, data_key_of(certificate), _place(certificate))
    certificate.digest = hashlib.sha256(content).digest()


def pdf_of(store: Store, certificate: Certificate) -> bytes | None:
    """Return the printed PDF, or None while it is not printed. FileLost or SealBroken when it is not that any more."""
    if certificate.storage_key is None:
        return None
    content = store.get(certificate.storage_key, data_key_of(certificate), _place(certificate))
    if hashlib.sha256(content).digest() != certificate.digest:
        raise crypto.SealBroken("the digest taken at printing is another one")
    return content


def _place(certificate: Certificate) -> str:
    return crypto.place("certificate", "pdf", certificate.public_id)
