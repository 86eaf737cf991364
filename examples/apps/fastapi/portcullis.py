"""Asks a sidecar, by AuthZEN. There is nothing to install: this is all there is to it."""

import os

import httpx
from fastapi import HTTPException, Request

# One connection is kept for many questions; whoever waits longer than this is told so. No proxy of the environment stands between.
_pdp = httpx.AsyncClient(base_url=os.environ.get("PORTCULLIS_URL", "http://127.0.0.1:8181"), timeout=1.0, trust_env=False)

# Who is asking. In an application this is who has logged in; here it is who has one of two tokens.
_users = {"Bearer of-ann": "ann", "Bearer of-bob": "bob"}


def require(permission: str):
    """Lets a request through if its user may do this, `type:action`, to what the path's `id` names."""
    kind, action = permission.split(":")

    async def check(request: Request):
        user = _users.get(request.headers.get("authorization"))
        if user is None:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        question = {
            "subject": {"type": "user", "id": user},
            "action": {"name": action},
            # AuthZEN asks for an id; no workflow has the empty one.
            "resource": {"type": kind, "id": request.path_params.get("id", "")},
        }
        try:
            answer = await _pdp.post("/access/v1/evaluation", json=question)
            allowed = answer.status_code == 200 and answer.json()["decision"] is True
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            raise HTTPException(503)
        if answer.status_code != 200:
            raise HTTPException(503)
        if not allowed:
            raise HTTPException(403)

    return check
