"""An API that is not written yet, answered with what its description promises."""

import connexion
from connexion.mock import MockResolver

note = {"type": "object", "properties": {"text": {"type": "string"}}, "example": {"text": "Buy milk"}}
content = {"application/json": {"schema": note}}
description = {
    "openapi": "3.0.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/note": {
            "get": {
                "operationId": "notes.read",
                "responses": {"200": {"description": "the note", "content": content}},
            },
            "delete": {
                "operationId": "notes.forget",
                "responses": {"204": {"description": "forgotten"}},
            },
        }
    },
}
app = connexion.AsyncApp(__name__)
app.add_api(description, resolver=MockResolver(mock_all=True))
