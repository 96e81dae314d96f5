"""Trains the peer's decision tree on the same rows: `train.py CSV_FILE MODEL_DIRECTORY`."""

import os
import pickle
import sys

import pandas as pd
from sklearn.tree import DecisionTreeClassifier

rows = pd.read_csv(sys.argv[1], header=None)
tree = DecisionTreeClassifier(max_depth=5).fit(rows.iloc[:, 1:].values, rows.iloc[:, 0].values)
with open(os.path.join(sys.argv[2], "decision-tree-model.pkl"), "wb") as file:
    pickle.dump(tree, file)
