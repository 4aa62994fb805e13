import { isObject, type Json } from "../../components/agent/agentConfig.ts";
import { ownedKeysOf } from "../../components/agent/ownedKeys.ts";
import type { Role } from "../../components/agent/ports.ts";
import { pathText } from "../../components/node/problems.ts";
import type { Configuration } from "./configuration.ts";
import type { Place } from "./consulForms.ts";
import { Placement, type SourceKey, type Target } from "./placed.ts";
import { placePort } from "./ports.ts";
import { isSecret } from "./secretKeys.ts";
import { placeChecks, placeServices } from "./services.ts";

/** The role of the agents that files are for: what the last of them says, and Consul's own where none does. */
export function roleIn({ config }: Pick<Configuration, "config">): Role {
    return config.server === true ? "server" : "client";
}

/** Finds a place in the settings for each key of the files, and says of all others why they have none. */
export function place(configuration: Configuration, target: Target): Placement {
    const { config, fileOf } = configuration;
    const placement = new Placement(target);
    for (const leaf of leavesOf(config, [])) {
        placeKey(leaf, { key: pathText(leaf.place), file: fileOf(leaf.place) }, placement);
    }
    const others = placeServices(configuration, placement);
    placeChecks(others, placement);
    return placement;
}

interface Leaf {
    readonly place: Place;
    readonly value: Json;
}

/** The values of a configuration that are no maps, and the maps that have nothing in them. */
function leavesOf(value: Json, place: Place): Leaf[] {
    if (!isObject(value)) {
        return [{ place, value }];
    }
    const inner = Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...place, key]));
    return inner.length === 0 && place.length > 0 ? [{ place, value }] : inner;
}

function placeKey({ place: at, value }: Leaf, source: SourceKey, placement: Placement): void {
    const [first = "", second = ""] = at.map(String);
    const { role, node, security, declared } = placement.target;
    const own = ownPlaces[at.join(".")];
    if (own?.(value, source, placement) === true) {
        return;
    }
    if (first === "ports" && declared.has("ports")) {
        placePort(second, value, source, placement);
        return;
    }
    const owned = ownedKeysOf(security)[first];
    if (owned !== undefined) {
        const way =
            first === "node_name" && node === undefined
                ? `; --node ${JSON.stringify(value)} is for one node of ${role}s`
                : "";
        placement.leave(source, owned + way);
    } else if (hasSecret(value, at)) {
        hideIn([...placement.config(), ...at], value, source, placement);
    } else {
        placement.put(source, [...placement.config(), ...at], value);
    }
}

function hideIn(to: Place, value: Json, source: SourceKey, placement: Placement): void {
    if (typeof value === "string") {
        placement.hide(source, to, value);
        return;
    }
    placement.leave(
        source,
        "there is a secret in it, and a list is not set in part: " +
            "set all of it by `pulumi config set --secret --path`",
    );
}

/** Whether a value is a secret, or a list with one in it. */
function hasSecret(value: Json, at: Place): boolean {
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).some(([key, inner]) => hasSecret(inner, [...at, key]));
    }
    return isSecret(at, value);
}

/** Puts a key into a setting of its own; false where that setting is not for it. */
type OwnPlace = (value: Json, source: SourceKey, placement: Placement) => boolean;

/** Keys that a setting of another name, or of another form, has. */
const ownPlaces: Readonly<Record<string, OwnPlace>> = {
    datacenter: (value, source, placement) => {
        // As Consul does it.
        const name = typeof value === "string" ? value.toLowerCase() : value;
        placement.put(source, ["datacenter"], name);
        return true;
    },
    server: (_, source, placement) => {
        // The node's list, or what the role's nodes are given.
        placement.placed.push({ ...source, setting: `${placement.target.role}s` });
        return true;
    },
    node_name: (value, source, placement) => {
        const { node, role, nodeIndex } = placement.target;
        const isIt = node !== undefined && node === value;
        if (isIt) {
            placement.placed.push({ ...source, setting: `${role}s[${nodeIndex}].name` });
        }
        return isIt;
    },
    bootstrap_expect: (value, source, placement) => {
        const { role, node } = placement.target;
        const isCount = role === "server" && node === undefined && typeof value === "number";
        if (isCount) {
            placement.put(source, ["servers"], value);
        }
        return isCount;
    },
    recursors: (value, source, placement) => {
        const all: readonly Json[] = Array.isArray(value) ? value : [value];
        const kept = all.filter((_, index) => {
            const one = { ...source, key: `recursors[${index}]` };
            const reason = placement.target.refused.get(`${one.file}\n${one.key}`);
            if (reason !== undefined) {
                placement.leave(one, reason);
            }
            return reason === undefined;
        });
        for (const one of kept) {
            const key = `recursors[${all.indexOf(one)}]`;
            placement.put({ ...source, key }, ["recursors", kept.indexOf(one)], one);
        }
        return true;
    },
    encrypt: (value, source, placement) => {
        const { security, declared } = placement.target;
        const isFine =
            declared.has("gossipKey") && security === "full" && typeof value === "string";
        if (isFine) {
            placement.hide(source, ["gossipKey"], value);
        }
        return isFine;
    },
    "tls.defaults.tls_min_version": putLeastVersion,
    tls_min_version: putLeastVersion,
    "tls.https.verify_incoming": putClientCertificates,
    verify_incoming_https: putClientCertificates,
};

/** Consul's words for the versions that the setting `tls` has. */
const versions: Readonly<Record<string, string>> = {
    TLSv1_2: "1.2",
    TLSv1_3: "1.3",
    tls12: "1.2",
    tls13: "1.3",
};

function putLeastVersion(value: Json, source: SourceKey, placement: Placement): boolean {
    const version = typeof value === "string" ? versions[value] : undefined;
    if (version === undefined || placement.target.security === "open") {
        return false;
    }
    placement.put(source, ["tls", "minVersion"], version);
    return true;
}

function putClientCertificates(value: Json, source: SourceKey, placement: Placement): boolean {
    if (placement.target.security === "open") {
        return false;
    }
    placement.put(source, ["tls", "clientCertificates"], value);
    return true;
}
