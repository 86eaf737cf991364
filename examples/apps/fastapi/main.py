"""An application that asks Portcullis before it does anything. Run it with the README beside this directory."""

from fastapi import Depends, FastAPI

from portcullis import require

app = FastAPI()


# Each check is one line.
@app.post("/workflows", dependencies=[Depends(require("workflow:create"))])
async def create():
    return "created"


@app.put("/workflows/{id}", dependencies=[Depends(require("workflow:update"))])
async def update(id: str):
    return f"updated {id}"


@app.get("/workflows/{id}", dependencies=[Depends(require("workflow:read"))])
async def read(id: str):
    return f"here is {id}"
