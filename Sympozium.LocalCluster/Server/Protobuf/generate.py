#!/usr/bin/env python3
"""Writes messages.txt: which protobuf field of the core kinds is which JSON field.

    generate.py API_CHECKOUT APIMACHINERY_CHECKOUT > messages.txt

Both are checkouts (or bare copies) of the repositories k8s.io/api and k8s.io/apimachinery; read are the struct tags of types.go.
One message a line: name, then fields as number:name:type[:flags]. Types: s text, i integer, b boolean, d double, y bytes, or a
message; * before it a list, % a map by text. Flag z: a zero counts (a Go pointer). No name: its fields belong to the outer object.
"""
import re
import subprocess
import sys

GROUPS = [("core", "core/v1"), ("batch", "batch/v1"), ("rbac", "rbac/v1"), ("authorization", "authorization/v1"),
          ("authentication", "authentication/v1"), ("coordination", "coordination/v1"), ("networking", "networking/v1"),
          ("apps", "apps/v1"), ("autoscaling", "autoscaling/v1"), ("discovery", "discovery/v1"), ("policy", "policy/v1"),
          ("scheduling", "scheduling/v1"), ("storage", "storage/v1")]
ROOTS = {
    "core": "ConfigMap Secret Namespace ServiceAccount Pod Service PersistentVolumeClaim PersistentVolume Event Node Endpoints "
            "ResourceQuota LimitRange".split(),
    "apps": "Deployment ReplicaSet".split(), "autoscaling": ["HorizontalPodAutoscaler", "Scale"], "discovery": ["EndpointSlice"], "policy": ["PodDisruptionBudget"],
    "scheduling": ["PriorityClass"], "storage": ["StorageClass"],
    "batch": ["Job"], "coordination": ["Lease"], "networking": "NetworkPolicy Ingress IngressClass".split(),
    "rbac": "Role RoleBinding ClusterRole ClusterRoleBinding".split(),
    "authorization": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview LocalSubjectAccessReview".split(),
    "authentication": "SelfSubjectReview TokenRequest TokenReview".split(),
    "meta": ["DeleteOptions"],
}
SCALARS = {"string": "s", "bool": "b", "int32": "i", "int64": "i", "int": "i", "uint64": "i", "float64": "d", "byte": "y"}
SPECIAL = {"meta.Time": "Time", "meta.MicroTime": "MicroTime", "resource.Quantity": "Quantity", "intstr.IntOrString": "IntOrString",
           "meta.FieldsV1": "Json", "runtime.RawExtension": "Json", "meta.Duration": "Duration"}


def text(repo, path):
    return subprocess.run(["git", "-C", repo, "show", "HEAD:" + path], capture_output=True, text=True, check=True).stdout


def parse(package, source, structs, aliases):
    for name, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", source, re.S | re.M):
        structs[package + "." + name] = re.findall(
            r"^\s+(?:(\w+)\s+)?([\w.*\[\]]+)\s+`json:\"([^\"]*)\"(?: \w+:\"[^\"]*\")* protobuf:\"([^\"]*)\"", re.sub(r"//[^\n]*", "", body), re.M)
    for name, target in re.findall(r"^type (\w+) ([\w.*\[\]]+)$", source, re.M):
        aliases[package + "." + name] = (package, target)


def main():
    structs, aliases = {}, {}
    for package, folder in GROUPS:
        parse(package, text(sys.argv[1], folder + "/types.go"), structs, aliases)
    parse("meta", text(sys.argv[2], "pkg/apis/meta/v1/types.go"), structs, aliases)

    def resolve(package, kind):
        kind = kind.replace("metav1.", "meta.").replace("v1.", "core.").replace("corecore.", "core.")
        if kind in ("[]byte",):
            return "", "y"
        if kind.startswith("[]"):
            return "*", resolve(package, kind[2:].lstrip("*"))[1]
        if kind.startswith("map["):
            inner = kind[kind.index("]") + 1:]
            if inner == "[]string":
                return "%", "Texts"
            return "%", resolve(package, inner)[1]
        if kind in SCALARS:
            return "", SCALARS[kind]
        if kind == "types.UID":
            return "", "s"
        full = kind if "." in kind else package + "." + kind
        if full in SPECIAL:
            return "", SPECIAL[full]
        if full in structs:
            return "", full
        if full in aliases:
            return resolve(*aliases[full])
        return "", None  # of a group that this server does not know

    done, queue, lines = set(), [g + "." + k for g, kinds in ROOTS.items() for k in kinds], []
    while queue:
        name = queue.pop(0)
        if name in done:
            continue
        done.add(name)
        package, fields = name.split(".")[0], []
        for field, kind, json, proto in structs[name]:
            if json.split(",")[0] == "-" or proto == "-":
                continue
            pointer = kind.startswith("*")
            prefix, target = resolve(package, kind.lstrip("*"))
            if target is None:
                continue
            if "." in target:
                queue.append(target)
            zero = pointer or "omitempty" not in json
            flags = "z" if zero and target in "sibdy" else ""
            number = proto.split(",")[1]
            fields.append(f"{number}:{json.split(',')[0]}:{prefix}{target}" + (":" + flags if flags else ""))
        lines.append(name + " " + " ".join(fields))
    print("\n".join(sorted(lines)))


main()
