"""The web floor speaks: pages, API, mail, papers and commands. `web.app.create_app` puts the application together."""
