import { X509Certificate } from "node:crypto";
import { refused, said, type Finding } from "../facts/finding.ts";
import type { DockerFacts, EngineFacts, HostContainer, Owned } from "../facts/hostFacts.ts";
import { adoptVariable, type HostPlan } from "../facts/hostPlan.ts";
import { ownerLabel } from "../../protocol/labels.ts";
import { adoptedContainer, adoptionFindings } from "./adoption.ts";
import { listed, type Looked } from "./context.ts";

/** What is there that others made, or an earlier machine of this stack. */
export function foreignFindings({ plan, facts: { docker } }: Looked): Finding[] {
    return [
        ...managerFindings(plan, docker),
        ...(docker.engine === undefined ? [] : objectFindings(plan, docker.engine)),
    ];
}

/** Who else has the engine in hand. */
function managerFindings(plan: HostPlan, docker: DockerFacts): Finding[] {
    const { containers = [], volumes = [] } = docker.engine ?? {};
    // A lab machine is a container as well, and makes no machine of the computer that it is on.
    const agents = containers.filter((one) => one.volumes.some((name) => isNodeVolume(name)));
    const marked = [...agents, ...volumes.filter(({ name }) => isNodeVolume(name))];
    const others = new Set(marked.flatMap(({ owner }) => owner ?? []));
    const hasOurs = others.delete(plan.owner);
    if (others.size > 0) {
        const [other = ""] = others;
        return [
            refused(
                "manager",
                `it is a machine of ${listed([...others])}, another stack than ${listed([plan.owner])}`,
                `Use another host, or have that stack do without it first. If that is gone for good, remove what bears its ` +
                    `label (\`docker ps -a --filter label=${ownerLabel}=${other}\`, the same for volumes) and ` +
                    `${removeMachine}.`,
            ),
        ];
    }
    const pods = containers.filter(({ name }) => name.startsWith("k8s_"));
    return pods.length > 0
        ? [
              refused(
                  "manager",
                  `its Docker is Kubernetes' (${pods.length} containers such as ${listed([pods[0]?.name ?? ""])})`,
                  "Use another host: renaming it and restarting its Docker would take the node out of its cluster.",
              ),
          ]
        : certificateFindings(plan, docker, hasOurs);
}

/** How a host is freed of what docker-machine made on it. */
const removeMachine =
    "`sudo rm -f /etc/docker/ca.pem /etc/docker/server.pem /etc/docker/server-key.pem " +
    "/etc/systemd/system/docker.service.d/10-machine.conf && sudo systemctl daemon-reload && " +
    "sudo systemctl restart docker`";

/** The stack whose machine the engine is, or was last, by the label that we have docker-machine give it. */
function labelled({ machineUnit = "" }: DockerFacts): string[] {
    return [...machineUnit.matchAll(ownerFlag)].flatMap(([, owner]) => owner ?? []);
}

const ownerFlag = new RegExp(`--label ${ownerLabel}=(\\S+)`, "g");

/** Whether a volume has a name that volumes of nodes have. */
function isNodeVolume(name: string): boolean {
    return /^consul-(data|config)(-|$)/.test(name);
}

/**
 * A docker-machine that made the host a machine before.
 *
 * @param hasOurs whether something of this stack is there. Versions before the label had no other mark.
 */
function certificateFindings(plan: HostPlan, docker: DockerFacts, hasOurs: boolean): Finding[] {
    const { authority, certificates, machineUnit } = docker;
    const isOurs =
        hasOurs ||
        labelled(docker).includes(plan.owner) ||
        (authority !== undefined && authority.trim() === plan.authority?.trim());
    if (isOurs || (certificates.length === 0 && machineUnit === undefined)) {
        return [];
    }
    const whose = authority === undefined ? "" : issuer(authority);
    const [former] = labelled(docker);
    if (machineUnit === undefined || former !== undefined) {
        const seen =
            former === undefined
                ? `it has certificates of another docker-machine${whose} (${certificates.join(", ")})`
                : `it was a machine of "${former}", which has nothing on it any more`;
        return [said("certificates", seen, "its certificates are replaced.")];
    }
    return [
        refused(
            "certificates",
            `another docker-machine${whose} has made it a machine already (${[
                ...certificates,
                "10-machine.conf",
            ].join(", ")})`,
            "With new certificates that one would lose its machine. Use another host; or, if nobody needs that machine any " +
                "more (`docker-machine rm` leaves these files, and so did this program before it gave engines its " +
                `label), free the host. Run there: ${removeMachine}.`,
        ),
    ];
}

/** Whose CA it is: docker-machine writes its user's name into it. */
function issuer(pem: string): string {
    try {
        const name = /^O=(.+)$/m.exec(new X509Certificate(pem).subject)?.[1];
        return name === undefined ? "" : ` (of "${name}")`;
    } catch {
        return "";
    }
}

/** Things that have the names which the node's own will have. */
function objectFindings(plan: HostPlan, engine: EngineFacts): Finding[] {
    const isForeign = ({ owner }: Owned) => owner === undefined;
    const among = (names: readonly string[]) => (one: Owned) => names.includes(one.name);
    const containers = engine.containers.filter(among(plan.containers));
    const adopted = adoptedContainer(plan, engine);
    const isAdopted = ({ name }: Owned) => adopted?.volumes.includes(name) === true;
    // What is not known to be adopted may be: that it is not known is reported.
    const isTold = plan.adopts === undefined || !engine.unknown.includes("containers");
    const volumes = isTold ? engine.volumes.filter(among(plan.volumes)) : [];
    const networks = engine.networks.filter(among(plan.networks));
    return [
        ...(isTold ? adoptionFindings(plan, engine) : []),
        ...containers
            .filter((one) => isForeign(one) && one !== adopted)
            .map((one) => foreignContainer(one)),
        ...volumes
            .filter((one) => isForeign(one) && !isAdopted(one))
            .map((one) => foreignVolume(one, engine.containers)),
        ...networks.filter(isForeign).map(({ name }) => foreignNetwork(name)),
        ...earlierFindings(plan, engine),
        ...unknownFindings(engine),
    ];
}

function foreignContainer({ name, state, image }: HostContainer): Finding {
    return refused(
        "container",
        `it has a container "${name}" (${image}, ${state}) that no stack of this program made`,
        `Nothing foreign is used or removed. Give it another name (\`docker rename ${name} ${name}-old\`) or remove it, ` +
            "and free its ports; or use another host. If it runs Consul, the node can take its place, with its data: setting " +
            "`adopt`, docs/adopt.md.",
    );
}

function foreignVolume({ name }: Owned, containers: readonly HostContainer[]): Finding {
    const users = containers.filter(({ volumes }) => volumes.includes(name));
    const used = users.length === 0 ? "" : `, used by ${listed(users.map((one) => one.name))}`;
    return refused(
        "volume",
        `it has a volume "${name}" that no stack of this program made${used}`,
        `Nothing foreign is used or removed. If its data are needed, copy them into another volume (\`docker run --rm -v ` +
            `${name}:/from -v ${name}-old:/to busybox cp -a /from/. /to\`); then \`docker volume rm ${name}\`, or use ` +
            "another host. If a Consul runs with them, the node can take its place: setting `adopt`, docs/adopt.md.",
    );
}

function foreignNetwork(name: string): Finding {
    return refused(
        "network",
        `it has a network "${name}" that no stack of this program made`,
        `Remove it (\`docker network rm ${name}\`), or use another host.`,
    );
}

/** What an earlier machine of this very stack left: its machine was removed while it did not answer, or the state was
 * lost. */
function earlierFindings({ owner, adoptsData }: HostPlan, engine: EngineFacts): Finding[] {
    const ours = (one: Owned) => one.owner === owner;
    const containers = engine.containers.filter(ours).map(({ name }) => name);
    const volumes = engine.volumes.filter(ours).map(({ name }) => name);
    if (volumes.length > 0 && !adoptsData) {
        return [
            refused(
                "earlier-data",
                `its host still has data of ${owner} from an earlier machine: ${volumes.join(" ")}`,
                "If this stack was made from another computer, bring its machine store here (docs/team.md). A server that " +
                    "comes back with them could put an earlier cluster's contents in place of this one's. If " +
                    `they are not needed, remove them there: \`docker rm --force ${[...containers, "consul"][0] ?? ""}; ` +
                    `docker volume rm ${volumes.join(" ")}\`. If this stack's state was lost, and all its hosts have the ` +
                    `data of one cluster, run it with ${adoptVariable}=1.`,
            ),
        ];
    }
    return containers.length === 0
        ? []
        : [
              refused(
                  "earlier-data",
                  `its host still has containers of ${owner} from an earlier machine: ${containers.join(" ")}`,
                  `Remove them there: \`docker rm --force ${containers.join(" ")}\`.`,
              ),
          ];
}

/** How an operator lists the same by hand. */
const listings: Readonly<Record<EngineFacts["unknown"][number], string>> = {
    containers: "`sudo docker ps -aq | xargs -r sudo docker inspect >/dev/null`",
    volumes: "`sudo docker volume ls`",
    networks: "`sudo docker network ls`",
};

/** What could not be listed may be foreign. */
function unknownFindings({ unknown }: EngineFacts): Finding[] {
    return unknown.length === 0
        ? []
        : [
              refused(
                  "look",
                  `its Docker did not list its ${unknown.join(" and ")}, or took too long`,
                  `Run ${unknown.map((kind) => listings[kind]).join(" and ")} there: it shows what fails or takes seconds. ` +
                      "Then try again, when the host is less busy: without that nobody knows what would be used, or stopped.",
              ),
          ];
}
