"""Asks a sidecar, by AuthZEN. There is nothing to install: this is all there is to it."""

import asyncio
import os

import httpx
from fastapi import HTTPException, Request

# One connection is kept for many questions. No proxy of the environment stands between.
_pdp = httpx.AsyncClient(base_url=os.environ.get("PORTCULLIS_URL", "http://127.0.0.1:8181"), timeout=1.0, trust_env=False)
# A question takes no longer than this. httpx bounds each wait alone, so many short ones would add up.
_SECONDS = 1.0

# Who is asking. In an application this is who has logged in; here it is who has one of two tokens.
_users = {"Bearer of-ann": "ann", "Bearer of-bob": "bob"}


def _once(members):
    """An object, in which no member is there twice: one could say something else than the other."""
    if len(members) != len(dict(members)):
        raise ValueError
    return dict(members)


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
            answer = await asyncio.wait_for(_pdp.post("/access/v1/evaluation", json=question), _SECONDS)
            allowed = answer.status_code == 200 and answer.json(object_pairs_hook=_once)["decision"] is True
        except (asyncio.TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError):
            raise HTTPException(503)
        if answer.status_code != 200:
            raise HTTPException(503)
        if not allowed:
            raise HTTPException(403)

    return check
