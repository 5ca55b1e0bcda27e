"""`create_app` puts the web application together from its parts."""

import gc

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    accounts,
    auth,
    bulk,
    bulletins,
    case_papers,
    certificates,
    database,
    deputies,
    entries,
    errors,
    evidence,
    formats,
    health,
    imports,
    inbox,
    mails,
    notices,
    processes,
    saved_queues,
    security,
    shell,
    statistics,
    students,
    transfers,
    verdicts,
    verify,
)
from web.admin import bp as admin
from web.api import bp as api
from web.config import Settings
from web.database import House, open_house
from web.input import refuse_arguments
from web.problems import bp as problems

csrf = CSRFProtect()
BLUEPRINTS = (
    accounts.bp,
    health.bp,
    inbox.bp,
    saved_queues.bp,
    bulk.bp,
    deputies.bp,
    entries.bp,
    notices.bp,
    case_papers.bp,
    evidence.bp,
    transfers.bp,
    problems,
    students.bp,
    statistics.bp,
    bulletins.bp,
    imports.bp,
    verdicts.bp,
    certificates.bp,
    verify.bp,
    mails.bp,
    processes.bp,
    admin,
    api,
)
"""Every group of pages; what is not listed here does not exist."""


def create_lasting_app(settings: Settings, house: House | None = None) -> Flask:
    """Return the application of a process that does nothing else until it ends.

    What is loaded by now lives as long as the process: looking through it for garbage in the middle of a request found
    nothing and took a tenth of a second or two.
    """
    app = create_app(settings, house)
    gc.collect()
    gc.freeze()
    return app


def create_app(settings: Settings, house: House | None = None) -> Flask:
    """Return the application on an installation, opened from the settings unless it is handed in."""
    house = house or open_house(settings)
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.json.sort_keys = False  # type: ignore[attr-defined]
    database.init_app(app, house)
    security.init_app(app, settings)
    auth.init_app(app)
    app.before_request(refuse_arguments)
    csrf.init_app(app)
    csrf.exempt(api)
    errors.init_app(app)
    formats.register(app)
    shell.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    return app
