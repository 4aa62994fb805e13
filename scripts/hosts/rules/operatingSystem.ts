import { refused, type Finding } from "../facts/finding.ts";
import type { Looked } from "./context.ts";

/** A docker-machine's line of descent. */
type Fork = "docker" | "gitlab" | "rancher";

/** Systems that every docker-machine provisions, by the ID of os-release. */
const everywhere: ReadonlySet<string> = new Set([
    "arch",
    "boot2docker",
    "centos",
    "coreos",
    "debian",
    "fedora",
    "ol",
    "opensuse",
    "rancheros",
    "rhel",
    "sled",
    "sles",
    "ubuntu",
]);

/** Those that a fork has added. */
const added: Readonly<Record<string, readonly Fork[]>> = {
    amzn: ["gitlab", "rancher"],
    cos: ["gitlab"],
    photon: ["rancher"],
    rocky: ["rancher"],
};

/** Which docker-machine prints this as its version; undefined for one that is not known. */
export function forkOf(version = ""): Fork | undefined {
    if (/rancher/i.test(version)) {
        return "rancher";
    }
    if (/gitlab/i.test(version)) {
        return "gitlab";
    }
    return version.includes("docker-machine") ? "docker" : undefined;
}

/** Whether docker-machine can make a machine of what runs there. */
export function osFindings({ facts, dockerMachine }: Looked): Finding[] {
    const { kernel, os, init } = facts;
    if (kernel !== undefined && kernel !== "Linux") {
        return [refused("os", `it runs ${kernel}`, "docker-machine needs a host with Linux.")];
    }
    const known = knowing(os);
    const fork = forkOf(dockerMachine);
    const name = os.PRETTY_NAME ?? os.ID ?? "a Linux without /etc/os-release";
    const unknown =
        known === "all" || (known !== "none" && (fork === undefined || known.includes(fork)))
            ? []
            : [
                  refused(
                      "os",
                      `it runs ${name}, which this docker-machine does not know ("OS type not recognized")`,
                      known === "none"
                          ? "Use a host with Debian, Ubuntu, Fedora, CentOS, RHEL, Oracle Linux, openSUSE, SLES or Arch."
                          : `Use ${known.map((one) => forkNames[one]).join(" or ")} (the setting dockerMachine), or a host ` +
                                "with Debian or Ubuntu.",
                  ),
              ];
    return init === undefined || init === "systemd"
        ? unknown
        : [
              ...unknown,
              refused(
                  "init",
                  `its first process is ${init}, not systemd`,
                  "docker-machine starts Docker by a unit of systemd: use a host with systemd.",
              ),
          ];
}

const forkNames: Readonly<Record<Fork, string>> = {
    docker: "docker-machine",
    gitlab: "GitLab's docker-machine",
    rancher: "rancher-machine",
};

/** Which docker-machines know a system; they read the same two keys. */
function knowing(os: Readonly<Record<string, string>>): "all" | "none" | readonly Fork[] {
    const { ID = "", ID_LIKE = "", VARIANT_ID } = os;
    if (ID === "fedora" && VARIANT_ID === "coreos") {
        return ["rancher"];
    }
    const isLike = ["arch", "coreos"].includes(ID_LIKE) || ID_LIKE.includes("opensuse");
    return everywhere.has(ID) || isLike ? "all" : (added[ID] ?? "none");
}
