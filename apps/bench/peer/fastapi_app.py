"""A peer's application: FastAPI and scikit-learn, without pandas, which takes most of the time of a small request."""

import csv
import os
import pickle

import fastapi

with open(os.path.join(os.environ["MODEL_DIRECTORY"], "decision-tree-model.pkl"), "rb") as file:
    model = pickle.load(file)

app = fastapi.FastAPI()


@app.get("/ping")
async def ping():
    return fastapi.Response(status_code=200)


@app.post("/invocations")
async def invocations(request: fastapi.Request):
    if request.headers.get("content-type") != "text/csv":
        return fastapi.Response("only csv", status_code=415)
    text = (await request.body()).decode("utf-8")
    rows = [[float(cell) for cell in row] for row in csv.reader(text.splitlines())]
    labels = model.predict(rows)
    return fastapi.Response("".join(f"{label}\n" for label in labels), media_type="text/csv")
