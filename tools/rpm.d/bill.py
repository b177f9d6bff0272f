"""Prints the software bill of materials of the packages of one build, as SPDX 2.3 in JSON.

usage: bill.py URL BUILT-WITH RPM...    (URL: where they are published; BUILT-WITH: "name version" a line, may be absent)

It takes what rpm says of them and nothing else, and must run with Python 3.6, which is EL 7's and 8's.
"""

import datetime
import hashlib
import json
import re
import subprocess
import sys

# Compiled in, as headers or as an archive: a repair of theirs takes a new build of these packages.
COMPILED_IN = {"nlohmann-json3-dev", "json-devel", "g++", "gcc-c++"}


def query(rpm, form):
    return subprocess.check_output(["rpm", "-qp", "--nosignature", "--qf", form, rpm], universal_newlines=True)


def identifier(*words):
    return "SPDXRef-" + re.sub("[^A-Za-z0-9.]+", "-", "-".join(words)).strip("-")


def entry(spdx_id, name, **more):
    return dict({"SPDXID": spdx_id, "name": name, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                 "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION"}, **more)


def described(rpm, url):
    """The package itself."""
    name, version, arch, licence, is_source = query(
        rpm, "%{NAME}\n%{VERSION}-%{RELEASE}\n%{ARCH}\n%{LICENSE}\n%{SOURCEPACKAGE}").split("\n")
    arch = "src" if is_source == "1" else arch
    file_name = rpm.rsplit("/", 1)[-1]
    with open(rpm, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return entry(identifier("Package", name, arch), name, versionInfo=version, packageFileName=file_name,
                 downloadLocation=url + "/" + file_name, licenseDeclared=licence,
                 checksums=[{"algorithm": "SHA256", "checksumValue": digest}],
                 externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                "referenceLocator": "pkg:rpm/%s@%s?arch=%s" % (name, version, arch)}])


def required(rpm):
    """What it needs when it runs: (name, version, relationship); of a library's versions of symbols only its name."""
    wanted = set()
    for line in query(rpm, "[%{REQUIRENAME}\t%{REQUIREFLAGS:depflags}\t%{REQUIREVERSION}\n]").splitlines():
        name, flags, version = line.split("\t")
        if name.startswith(("rpmlib(", "config(")):
            continue
        library = re.match(r"([^(]*\.so(\.[^(]*)?)\(", name)
        if library:
            wanted.add((library.group(1), "", "DYNAMIC_LINK"))
        else:
            wanted.add((name, (flags.strip() + " " + version).strip(), "DEPENDS_ON"))
    return sorted(wanted)


def built_with(path):
    try:
        with open(path) as file:
            return sorted(tuple(line.split()) for line in file if line.strip())
    except FileNotFoundError:
        return []


def bill(url, built_with_path, rpms):
    packages = {}
    relationships = []

    def add(package):
        packages.setdefault(package["SPDXID"], package)
        return package["SPDXID"]

    def relate(one, kind, other):
        relationships.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})

    source = next(rpm for rpm in rpms if rpm.endswith(".src.rpm"))
    source_id = add(described(source, url))
    own = {query(rpm, "%{NAME}"): described(rpm, url) for rpm in rpms if rpm != source}
    for package in own.values():
        relate("SPDXRef-DOCUMENT", "DESCRIBES", add(package))
        relate(package["SPDXID"], "GENERATED_FROM", source_id)
    for rpm in (rpm for rpm in rpms if rpm != source):
        one = own[query(rpm, "%{NAME}")]["SPDXID"]
        for name, version, kind in required(rpm):
            more = {"versionInfo": version} if version else {}
            other = own[name]["SPDXID"] if name in own else add(entry(identifier("Required", name, version), name, **more))
            relate(one, kind, other)
        if query(rpm, "%{ARCH}") == "noarch":
            continue
        for name, version in built_with(built_with_path):
            other = add(entry(identifier("BuiltWith", name), name, versionInfo=version))
            relate(other, "BUILD_DEPENDENCY_OF", one)
            if name in COMPILED_IN:
                relate(one, "STATIC_LINK", other)
    title = "%s-%s" % (packages[source_id]["name"], packages[source_id]["versionInfo"])
    built = datetime.datetime.utcfromtimestamp(int(query(source, "%{BUILDTIME}")))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": title,
            "documentNamespace": "https://spdx.org/spdxdocs/%s-%s" % (title, packages[source_id]["checksums"][0]["checksumValue"]),
            "creationInfo": {"created": built.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: eni-routes-tools-rpm"]},
            "packages": list(packages.values()), "relationships": relationships}


if __name__ == "__main__":
    print(json.dumps(bill(sys.argv[1], sys.argv[2], sys.argv[3:]), indent=2))
