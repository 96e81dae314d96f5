"""The peer's application: Flask, pandas and scikit-learn, as the well-known example is described."""

import io
import os
import pickle

import flask
import pandas as pd

model_path = os.path.join(os.environ["MODEL_DIRECTORY"], "decision-tree-model.pkl")
model = None

app = flask.Flask(__name__)


def get_model():
    global model
    if model is None:
        with open(model_path, "rb") as file:
            model = pickle.load(file)
    return model


@app.route("/ping", methods=["GET"])
def ping():
    return flask.Response(response="\n", status=200 if get_model() is not None else 404)


@app.route("/invocations", methods=["POST"])
def invocations():
    if flask.request.content_type != "text/csv":
        return flask.Response(response="only csv", status=415)
    text = flask.request.data.decode("utf-8")
    rows = pd.read_csv(io.StringIO(text), header=None)
    labels = get_model().predict(rows.values)
    out = io.StringIO()
    pd.DataFrame({"results": labels}).to_csv(out, header=False, index=False)
    return flask.Response(response=out.getvalue(), status=200, mimetype="text/csv")
