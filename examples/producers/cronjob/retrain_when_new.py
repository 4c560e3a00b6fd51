#!/usr/bin/env python3
"""Looks for the newest object below a prefix in S3 and asks Tenfold to train on it. Run it as often as you like: the job's id is
made of the object, so as long as nothing new lies there every run asks for the job that there is already.

Settings are environment variables: TENFOLD_URL, S3_ENDPOINT, S3_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, BUCKET, PREFIX,
SUFFIX (.csv), NAME, TEMPLATE (request.json; @newest@ and @id@ are filled in). Needs the standard library alone.
"""
import datetime
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml


def setting(name, otherwise=None):
    value = os.environ.get(name, otherwise)
    if value is None:
        sys.exit(f"{name} is missing")
    return value


def objects(bucket, prefix):
    """Key, time and ETag of all objects below the prefix, page by page."""
    token = None
    while True:
        query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
        page = xml.fromstring(signed_get(f"/{bucket}", query))
        name = page.tag.removesuffix("ListBucketResult")
        for entry in page.iter(name + "Contents"):
            yield (entry.findtext(name + "Key"), entry.findtext(name + "LastModified"), entry.findtext(name + "ETag").strip('"'))
        token = page.findtext(name + "NextContinuationToken")
        if not token:
            return


def signed_get(path, query):
    """GET with AWS's signature, version 4."""
    endpoint, region = setting("S3_ENDPOINT").rstrip("/"), setting("S3_REGION", "us-east-1")
    host = urllib.parse.urlsplit(endpoint).netloc
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    empty = hashlib.sha256(b"").hexdigest()
    query = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="")
    names = "host;x-amz-content-sha256;x-amz-date"
    canonical = f"GET\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n\n{names}\n{empty}"
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + setting("AWS_SECRET_ACCESS_KEY")).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(f"{endpoint}{path}?{query}", headers={
        "x-amz-date": now, "x-amz-content-sha256": empty, "Authorization":
        f"AWS4-HMAC-SHA256 Credential={setting('AWS_ACCESS_KEY_ID')}/{scope}, SignedHeaders={names}, Signature={signature}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def main():
    bucket, suffix = setting("BUCKET"), setting("SUFFIX", ".csv")
    found = [entry for entry in objects(bucket, setting("PREFIX")) if entry[0].endswith(suffix)]
    if not found:
        print("nothing lies there yet")
        return 0
    key, changed, etag = max(found, key=lambda entry: (entry[1], entry[0]))
    # Place, time and content: the same object is the same job; one that was put again, even under its old name, is a new one.
    job = f"{setting('NAME')}-{hashlib.sha256(f'{key} {changed} {etag}'.encode()).hexdigest()[:16]}"
    with open(setting("TEMPLATE", "request.json"), encoding="utf-8") as template:
        body = json.loads(template.read().replace("@newest@", f"s3://{bucket}/{key}").replace("@id@", job))
    request = urllib.request.Request(setting("TENFOLD_URL").rstrip("/") + "/v1/jobs", data=json.dumps({"id": job, **body}).encode(),
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            print(f"{key} of {changed}: job {job}, answered {answer.status}")
            return 0
    except urllib.error.HTTPError as e:
        print(f"job {job} was refused ({e.code}): {e.read().decode()}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
