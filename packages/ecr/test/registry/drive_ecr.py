"""Drives a fake ECR as boto3's users do: drive_ecr.py URL REGION PARTITION DOMAIN. Any difference is an error."""

import hashlib
import json
import os
import sys
from datetime import datetime, timezone

import boto3

url, region, partition, domain = sys.argv[1:]
account, other = "123456789012", "234567890123"
ecr = boto3.client("ecr", region_name=region, endpoint_url=url)
manifest_type = "application/vnd.docker.distribution.manifest.v2+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def expect(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def refused(error, call, **parameters):
    try:
        call(**parameters)
    except error:
        return
    raise AssertionError(f"{call.__name__} did not raise {error.__name__}: {parameters}")


def create(name, registry=account):
    made = ecr.create_repository(
        registryId=registry, repositoryName=name, tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )["repository"]
    expect(made["repositoryArn"], f"arn:{partition}:ecr:{region}:{registry}:repository/{name}")
    expect(made["repositoryUri"], f"{registry}.dkr.ecr.{region}.{domain}/{name}")
    assert abs(datetime.now(timezone.utc) - made["createdAt"]).total_seconds() < 600
    refused(ecr.exceptions.RepositoryAlreadyExistsException, ecr.create_repository, registryId=registry, repositoryName=name)
    return made["repositoryArn"]


def page_repositories():
    for name in ["team/a", "team/b", "team/c"]:
        create(name)
    pages = list(ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2}))
    expect([len(page["repositories"]) for page in pages], [2, 2])
    refused(
        ecr.exceptions.InvalidParameterException, ecr.describe_repositories, repositoryNames=["team/a"], maxResults=1
    )
    refused(ecr.exceptions.InvalidParameterException, ecr.describe_repositories, nextToken="nonsense")


def push_layer(to, data):
    upload = ecr.initiate_layer_upload(**to)
    size = upload["partSize"]
    for first in range(0, len(data), size):
        part = data[first : first + size]
        last = first + len(part) - 1
        answer = ecr.upload_layer_part(
            uploadId=upload["uploadId"], partFirstByte=first, partLastByte=last, layerPartBlob=part, **to
        )
        expect(answer["lastByteReceived"], last)
    done = ecr.complete_layer_upload(uploadId=upload["uploadId"], layerDigests=[digest_of(data)], **to)
    expect(done["layerDigest"], digest_of(data))
    return {"digest": done["layerDigest"], "size": len(data)}


def push_image(to, *tags):
    config = {**push_layer(to, os.urandom(64)), "mediaType": "application/vnd.docker.container.image.v1+json"}
    layer = {**push_layer(to, os.urandom(11 * 1024 * 1024)), "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]})
    for tag in tags:
        image = ecr.put_image(imageManifest=manifest, imageTag=tag, **to)["image"]
        expect(image["imageId"], {"imageDigest": digest_of(manifest.encode()), "imageTag": tag})
    return image["imageId"]["imageDigest"]


def list_images(to, **filters):
    found = ecr.get_paginator("list_images").paginate(PaginationConfig={"PageSize": 1}, **to, **filters)
    return sorted(image.get("imageTag", "") for page in found for image in page["imageIds"])


def scan(to, tag):
    imageId = {"imageTag": tag}
    expect(ecr.start_image_scan(imageId=imageId, **to)["imageScanStatus"]["status"], "IN_PROGRESS")
    states = [ecr.describe_image_scan_findings(imageId=imageId, **to)["imageScanStatus"]["status"] for _ in range(2)]
    expect(states, ["IN_PROGRESS", "COMPLETE"])


def delete_images(to, digest):
    answer = ecr.batch_delete_image(imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}], **to)
    expect(answer["imageIds"], [{"imageDigest": digest, "imageTag": "v1"}])
    expect([(f["imageId"], f["failureCode"]) for f in answer["failures"]], [({"imageTag": "none"}, "ImageNotFound")])
    expect(list_images(to), ["v2"])
    ecr.batch_delete_image(imageIds=[{"imageTag": "v2"}], **to)
    expect(ecr.describe_images(**to)["imageDetails"], [])


def delete_settings(to, arn):
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
    expect(ecr.list_tags_for_resource(resourceArn=arn)["tags"], [{"Key": "b", "Value": "2"}])
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    ecr.set_repository_policy(policyText=policy, **to)
    expect(ecr.delete_repository_policy(**to)["policyText"], policy)
    refused(ecr.exceptions.RepositoryPolicyNotFoundException, ecr.get_repository_policy, **to)


for registry in [account, other]:
    to = {"registryId": registry, "repositoryName": "iris"}
    arn = create("iris", registry)
    digest = push_image(to, "v1", "v2")
    expect(list_images(to), ["v1", "v2"])
    expect(list_images(to, filter={"tagStatus": "UNTAGGED"}), [])
    expect(ecr.describe_images(imageIds=[{"imageTag": "v1"}], **to)["imageDetails"][0]["imageTags"], ["v1", "v2"])
    scan(to, "v1")
    delete_images(to, digest)
    delete_settings(to, arn)
page_repositories()
expect(ecr.describe_registry()["registryId"], account)
for registry in [account, other]:
    ecr.delete_repository(registryId=registry, repositoryName="iris")
    refused(ecr.exceptions.RepositoryNotFoundException, ecr.list_images, registryId=registry, repositoryName="iris")
