"""Translates the articles of a Parquet folder into another, for spark-submit. Said again, it adds what is missing.

    spark-submit --conf spark.task.cpus=2 translate_archive.py s3a://archive/articles s3a://archive/translated \\
        --text body --key id --to en,pt --models /shared/traghetto --model student-en-pt
"""

import argparse

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from traghetto.spark import metrics, translate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("articles")
    parser.add_argument("out")
    parser.add_argument("--text", default="text", help="the column of the texts")
    parser.add_argument("--key", default="id", help="a column that names each article")
    parser.add_argument("--from", dest="from_", help="the language of all articles; detected by default")
    parser.add_argument("--to", required=True, help="the languages to translate into, with commas between them")
    parser.add_argument("--models", required=True, help="the model store, as workers see it")
    parser.add_argument("--model", help="by default the best of the store")
    parser.add_argument("--meaning", default="off", choices=("off", "auto", "on"), help="on: compare by sentence embeddings")
    args = parser.parse_args()

    spark = SparkSession.builder.appName("traghetto").getOrCreate()
    articles = spark.read.parquet(args.articles)
    try:
        done = spark.read.parquet(args.out)
    except AnalysisException:
        done = None
    counted = metrics(articles)
    made = translate(
        articles,
        text=args.text,
        to=args.to.split(","),
        models=args.models,
        from_=args.from_,
        model=args.model,
        meaning=args.meaning,
        key=args.key,
        done=done,
        metrics=counted,
    )
    made.write.mode("append").parquet(args.out)
    print(f"{counted.articles.value} articles translated, {counted.rejected.value} rejected")
    spark.stop()


if __name__ == "__main__":
    main()
