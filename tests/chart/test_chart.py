"""The Helm chart and the compose file of packaging/cluster: `test_chart.py PROGRAM ENVIRONMENT`.

Both are rendered as Helm and Compose do it; nothing is started. Manifests are checked against the schemas of
Kubernetes, and for what must hold in each of them: who sees the home, who may write the lake, and that the program has
the options that it is started with."""
import copy
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

# pylint: disable=wrong-import-position
import environments  # noqa: E402

CLUSTER = HERE.parents[1] / "packaging/cluster"
CHART = CLUSTER / "chart"
KUBERNETES = "1.33"
HOME, LAKE, DELTA = "/var/lib/apportion", "/var/lib/apportion/lake", "/var/lib/apportion/delta"
VALUES = {
    "image": {"repository": "registry.example.com/apportion"},
    "service": {"host": "apportion.example.com", "tlsSecret": "tls"},
    "workers": {"tokenSecret": "worker-token"},
    "trino": {"sharedSecret": "trino"},
}
MORE = {"service": {"keySecret": "key"}, "exports": {"existingClaim": "exports"}, "home": {"create": True},
        "nodeSelector": {"disk": "fast"}, "workers": {"trustsTlsSecret": True},
        "image": {"pullSecrets": ["registry"]}}
WITHOUT_TRINO = {"trino": {"enabled": False, "sharedSecret": ""}}
WITHOUT_WORKERS = {"workers": {"tokenSecret": ""}}

program = ""


def merged(*values: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for one in values:
        for key, value in copy.deepcopy(one).items():
            result[key] = {**result.get(key, {}), **value} if isinstance(value, dict) else value
    return result


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="month", namespace="billing")
    return [one for name, text in files.items() if name.endswith(".yaml") for one in yaml.safe_load_all(text) if one]


def pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pods that the manifests make, by what they are."""
    found = [one["spec"]["template"] for one in manifests if one["kind"] in ("StatefulSet", "Deployment")]
    return {one["metadata"]["labels"]["app.kubernetes.io/component"]: one for one in found}


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]


def mounts(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {mount["mountPath"]: mount for mount in container.get("volumeMounts", [])}


def options_of(command: str) -> str:
    return subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True).stdout


def assert_the_program_has(test: unittest.TestCase, arguments: list[str]) -> None:
    """The command, and each option of the arguments."""
    text = options_of(arguments[0])
    for argument in arguments[1:]:
        test.assertIn(argument.split("=")[0], text)


class Chart(unittest.TestCase):
    def variants(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for name, more in (("plain", {}), ("more", MORE), ("without Trino", WITHOUT_TRINO),
                           ("without workers", WITHOUT_WORKERS)):
            with self.subTest(name):
                yield name, rendered(merged(VALUES, more))

    def test_helm_finds_nothing_to_warn_of(self) -> None:
        report = helm.lint(CHART, VALUES)
        self.assertEqual(report["total_charts_linted"], 1)
        self.assertEqual([one for one in report["messages"] if "icon" not in one["error"]], [])

    def test_kubernetes_knows_every_field(self) -> None:
        for _, manifests in self.variants():
            for one in manifests:
                kubernetes_validate.validate(one, KUBERNETES, strict=True)

    def test_what_is_there(self) -> None:
        kinds = {name: sorted(pods(manifests)) for name, manifests in self.variants()}
        everything = ["import-worker", "service", "trino-worker"]
        self.assertEqual(kinds, {"plain": everything, "more": everything, "without Trino": everything[:2],
                                 "without workers": everything[1:]})

    def test_the_version_is_the_programs(self) -> None:
        with helm.Chart.load(CHART) as chart:
            version = chart.metadata["appVersion"]
        said = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
        self.assertIn(f" {version}", said)

    def test_only_the_service_has_the_home_and_only_writers_may_write_the_lake(self) -> None:
        for _, manifests in self.variants():
            for component, pod in pods(manifests).items():
                for container in containers(pod):
                    seen = mounts(container)
                    is_program = component == "service" and container["name"] in ("home", "apportion")
                    self.assertEqual(HOME in seen, is_program)
                    for path in {LAKE, DELTA} & seen.keys():
                        self.assertEqual(seen[path].get("readOnly", False), container["name"] == "trino", container)

    def test_containers_have_no_more_rights_than_they_need(self) -> None:
        for _, manifests in self.variants():
            for pod in pods(manifests).values():
                self.assertIs(pod["spec"]["automountServiceAccountToken"], False)
                for container in containers(pod):
                    rights = container["securityContext"]
                    self.assertIs(rights["allowPrivilegeEscalation"], False)
                    self.assertIs(rights["readOnlyRootFilesystem"], True)
                    self.assertEqual(rights["capabilities"]["drop"], ["ALL"])
                    self.assertEqual(rights["runAsUser"], 0 if container["name"] == "prepare-volumes" else 10001)

    def test_every_volume_that_is_mounted_is_there(self) -> None:
        for _, manifests in self.variants():
            claims = {one["metadata"]["name"] for one in manifests if one["kind"] == "PersistentVolumeClaim"}
            for pod in pods(manifests).values():
                volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
                used = {mount["name"] for container in containers(pod) for mount in container.get("volumeMounts", [])}
                self.assertEqual(used, set(volumes))
                claimed = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes.values()
                           if "persistentVolumeClaim" in volume}
                self.assertLessEqual(claimed - {"exports"}, claims)

    def test_services_and_policies_select_pods(self) -> None:
        for _, manifests in self.variants():
            labels = [pod["metadata"]["labels"] for pod in pods(manifests).values()]
            selectors = [one["spec"]["selector"] for one in manifests if one["kind"] == "Service"]
            selectors += [one["spec"]["podSelector"]["matchLabels"] for one in manifests
                          if one["kind"] == "NetworkPolicy"]
            for selector in selectors:
                self.assertEqual(sum(selector.items() <= one.items() for one in labels), 1, selector)

    def test_nobody_but_its_nodes_reaches_trino(self) -> None:
        policies = [one for one in rendered(VALUES) if one["kind"] == "NetworkPolicy"]
        self.assertEqual(len(policies), 2)
        for policy in policies:
            for rule in policy["spec"]["ingress"]:
                self.assertEqual([port["port"] for port in rule["ports"]], ["trino" if "from" in rule else "https"])

    def test_the_program_has_the_options_that_it_is_started_with(self) -> None:
        for _, manifests in self.variants():
            for pod in pods(manifests).values():
                for container in containers(pod):
                    if "args" in container:
                        assert_the_program_has(self, container["args"])

    def test_volumes_outlive_the_release(self) -> None:
        for one in rendered(VALUES):
            if one["kind"] == "PersistentVolumeClaim":
                self.assertEqual(one["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")

    def test_a_home_is_created_only_when_that_is_said(self) -> None:
        def command(values: dict[str, Any]) -> str:
            pod = pods(rendered(values))["service"]
            return next(one for one in containers(pod) if one["name"] == "home")["command"][2]
        self.assertNotIn("init", command(VALUES).split())
        self.assertIn("apportion init", command(merged(VALUES, MORE)))

    def test_what_must_be_given_is_named(self) -> None:
        for section, value in (("image", "repository"), ("service", "host"), ("service", "tlsSecret"),
                               ("trino", "sharedSecret")):
            with self.subTest(f"{section}.{value}"), self.assertRaisesRegex(helm.HelmError, f"{section}.{value} is"):
                rendered(merged(VALUES, {section: {value: ""}}))

    def test_values_that_do_not_exist_are_refused(self) -> None:
        for wrong in ({"trino": {"wokers": 3}}, {"lake": {"size": "much"}}, {"user": 0}, {"workers": {"replicas": -1}},
                      {"service": {"type": "Public"}}):
            with self.subTest(str(wrong)), self.assertRaises(helm.HelmError):
                rendered(merged(VALUES, wrong))


class Compose(unittest.TestCase):
    config: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        environment = {**os.environ, "APPORTION_HOST": "apportion.example.com", "TRINO_SHARED_SECRET": "secret",
                       "COMPOSE_PROFILES": "workers"}
        said = subprocess.run(["docker-compose", "--file", str(CLUSTER / "compose.yaml"), "config"], env=environment,
                              capture_output=True, text=True, check=False)
        if said.returncode != 0:
            raise AssertionError(said.stderr)
        cls.config = yaml.safe_load(said.stdout)

    def volumes(self, service: str) -> dict[str, tuple[str, str]]:
        """What is mounted from where, and how, by its place."""
        parts = [volume.split(":") for volume in self.config["services"][service].get("volumes", [])]
        return {place: (source, mode) for source, place, mode in parts}

    def test_only_the_service_has_the_home_and_only_writers_may_write_the_lake(self) -> None:
        for name in self.config["services"]:
            seen = self.volumes(name)
            self.assertEqual(HOME in seen, name in ("apportion", "create-home"), name)
            for path in {LAKE, DELTA} & seen.keys():
                self.assertEqual(seen[path][1], "ro" if name.startswith("trino") else "rw", name)

    def test_containers_have_no_more_rights_than_they_need(self) -> None:
        for name, service in self.config["services"].items():
            if name == "prepare":
                self.assertEqual(service["network_mode"], "none")
                continue
            self.assertEqual((service["user"], service["read_only"], service["cap_drop"]),
                             ("10001:10001", True, ["ALL"]), name)

    def test_only_the_services_port_is_published(self) -> None:
        self.assertEqual([name for name, service in self.config["services"].items() if "ports" in service],
                         ["apportion"])
        self.assertEqual(self.config["services"]["trino"]["network_mode"], "service:apportion")

    def test_files_that_are_mounted_are_there(self) -> None:
        for name in self.config["services"]:
            for source, _ in self.volumes(name).values():
                if source.startswith(str(CHART)):
                    self.assertTrue(Path(source).is_file(), source)

    def test_the_program_has_the_options_that_it_is_started_with(self) -> None:
        for service in self.config["services"].values():
            if service["image"] == "apportion" and "entrypoint" not in service:
                assert_the_program_has(self, service["command"])

    def test_what_must_be_given_is_named(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("APPORTION", "TRINO"))}
        said = subprocess.run(["docker-compose", "--file", str(CLUSTER / "compose.yaml"), "config"], env=environment,
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(said.returncode, 0)
        self.assertRegex(said.stderr, "APPORTION_HOST|TRINO_SHARED_SECRET")


if __name__ == "__main__":
    environment = environments.installed("chart", Path(sys.argv[2]).resolve())
    if environment is None:
        print("The chart was NOT RENDERED: Helm's library needs Python 3.10 to 3.14, and none was found")
        sys.exit(0)
    environments.start_again_in(environment)
    import helm_python as helm
    import kubernetes_validate
    import yaml
    program = str(Path(sys.argv[1]).resolve())
    del sys.argv[1:3]
    unittest.main()
