import { hasTypes, parseJson, property } from "../../scripts/system/json.ts";
import type { StackState, StateResource } from "../stack/stackState.ts";

/** Keys of our scripts' requests that a report has. What is not here stays out, whatever it is. */
const requestKeys = [
    ...["nodeName", "role", "httpAddress", "askThrough", "api", "contact", "contactName"],
    ...["servers", "clients", "machine", "machines", "driver", "hostRemains", "generation"],
    ...["store", "owner", "name", "container", "digest", "rotation", "renewal", "provision"],
    ...["addresses", "volumes", "image", "reference", "source", "archive", "snapshots"],
    ...["subnet", "gateway", "network", "datacenter", "joined", "later", "electionFile"],
];

/** The same of a container's inputs. Its variables, and the labels that others gave it, may be secrets. */
const containerKeys = [
    ...["name", "image", "hostname", "ports", "restart", "user", "capabilities", "readOnly"],
    ...[
        "networkMode",
        "networksAdvanced",
        "volumes",
        "tmpfs",
        "healthcheck",
        "logDriver",
        "logOpts",
    ],
];

/** Everything that a state says of its resources but their secrets: what there is, and how it hangs together. */
export function stateSkeleton(state: StackState): object {
    return {
        writtenBy: state.writtenBy ?? null,
        pendingOperations: state.pending,
        resources: state.resources.map(skeletonOf),
    };
}

function skeletonOf(resource: StateResource): object {
    const { urn, type, id, parent, provider, dependencies, created, modified } = resource;
    const { pendingReplacement, external, protect, secretInputs } = resource;
    return {
        urn,
        type,
        ...definedOf({ id, parent, provider, created, modified }),
        ...definedOf({ pendingReplacement, external, protect }),
        dependencies,
        secretInputs,
        ...detailsOf(resource),
    };
}

function detailsOf({ type, inputs, outputs, secretInputs }: StateResource): object {
    switch (type) {
        case "command:local:Command": {
            const { create, update, delete: remove, stdin } = inputs;
            const isSecret = secretInputs.includes("stdin") || typeof stdin !== "string";
            const request = isSecret ? undefined : parseJson(stdin);
            return definedOf({
                create,
                update,
                delete: remove,
                request: pick(request, requestKeys),
            });
        }
        case "docker:index/container:Container": {
            const isAgents = Array.isArray(inputs.command) && inputs.command.some(isNodeFlag);
            return {
                ...pick(inputs, containerKeys),
                ...(isAgents ? { command: inputs.command } : {}),
                labels: ownLabels(inputs.labels),
            };
        }
        case "pulumi:providers:docker":
            return pick(inputs, ["host", "context", "version"]);
        case "docker:index/volume:Volume":
        case "docker:index/network:Network":
            return pick(inputs, ["name", "driver", "ipamConfigs"]);
        case "docker:index/remoteImage:RemoteImage":
            return pick(inputs, ["name", "keepLocally", "triggers"]);
        default:
            return type.startsWith("consul-machines:") ? { outputs } : {};
    }
}

function isNodeFlag(word: unknown): boolean {
    return typeof word === "string" && word.startsWith("-node=");
}

function ownLabels(labels: unknown): unknown[] {
    return (Array.isArray(labels) ? labels : []).filter(
        (one: unknown) =>
            hasTypes(one, { label: "string", value: "string" }) &&
            String(property(one, "label")).startsWith("consul-machines."),
    );
}

function pick(value: unknown, keys: readonly string[]): object {
    return definedOf(Object.fromEntries(keys.map((key) => [key, property(value, key)])));
}

function definedOf(values: Readonly<Record<string, unknown>>): object {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
