"""A training script as it ran before: SageMaker's variables, argparse, a file in the model's folder."""

import argparse
import csv
import json
import os


def read_rows(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), newline="") as file:
            for row in csv.reader(file):
                yield row[0], [float(cell) for cell in row[1:]]


def find_nearest(centroids, features):
    def distance(label):
        return sum((a - b) ** 2 for a, b in zip(centroids[label], features))

    return min(sorted(centroids), key=distance)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shrink", type=float, default=0.0, help="how far to draw centroids to the origin, 0 to 1")
    parser.add_argument("--training", default=os.environ.get("SM_CHANNEL_TRAINING"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    options = parser.parse_args()

    groups = {}
    for label, features in read_rows(options.training):
        groups.setdefault(label, []).append(features)
    centroids = {
        label: [sum(column) / len(rows) * (1 - options.shrink) for column in zip(*rows)]
        for label, rows in groups.items()
    }

    if options.validation:
        rows = list(read_rows(options.validation))
        hits = sum(find_nearest(centroids, features) == label for label, features in rows)
        print(f"validation accuracy: {hits / len(rows):.3f}")

    with open(os.path.join(options.model_dir, "model.json"), "w") as file:
        json.dump(centroids, file)


if __name__ == "__main__":
    main()
