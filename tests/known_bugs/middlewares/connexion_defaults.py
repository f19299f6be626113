"""JSON that is posted gets its defaults filled in on the way to the app."""

import os
import sys
import tempfile
import types

from connexion import ConnexionMiddleware
from connexion.validators import DefaultsJSONRequestBodyValidator

SPEC = """
openapi: 3.0.0
info: {title: app, version: "1"}
paths:
  /:
    post:
      operationId: endpoints.page
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                human: {type: boolean, default: true}
      responses: {"200": {description: ok}}
"""
endpoints = sys.modules["endpoints"] = types.ModuleType("endpoints")
endpoints.page = lambda body=None: "the page"
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "spec.yaml"), "w") as file:
    file.write(SPEC)


def make(app):
    made = ConnexionMiddleware(app, specification_dir=folder)
    made.add_api("spec.yaml", validator_map={"body": {"application/json": DefaultsJSONRequestBodyValidator}})
    return made
