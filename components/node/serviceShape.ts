import { z } from "zod";
import { checkSchema } from "./checkSchema.ts";
import { fields, mapOf, ruled, ruledMap, said } from "./objectRule.ts";
import { serviceKinds } from "./serviceArgs.ts";
import { mostMeta, mostMetaRule, rules } from "./serviceRules.ts";

const given = z.record(z.string(), z.unknown(), "a map with Consul's own names");
const { flag, line, port } = fields;

const namedPort = mapOf(
    {
        name: said(ruled<string>(rules.portName), "Its name among the service's ports."),
        port: said(ruled<number>(rules.port), "Its number."),
        default: said(flag, "Whether it is the one of those who ask for none.", "the first is"),
    },
    "a port: name, port and default",
);

const tagged = mapOf(
    {
        address: said(ruled<string>(rules.address), "The address, or a host name."),
        port: said(port, "The port there.", "the service's"),
    },
    "an address: address and port",
);

const weights = mapOf(
    {
        passing: said(ruled<number>(rules.weight).optional(), "While it is healthy.", 1),
        warning: said(ruled<number>(rules.lesserWeight).optional(), "While a check warns.", 1),
    },
    "passing and warning",
);

const connect = mapOf(
    {
        native: said(flag, "Whether it speaks the mesh's protocol itself (`native`).", false),
        sidecarService: said(
            given.optional(),
            "A proxy beside it, in Consul's own words, `{}` for one as usual (`sidecar_service`). An address that it lacks is " +
                "the machine's.",
        ),
    },
    "native or sidecarService",
);

const locality = mapOf(
    {
        region: said(ruled<string>(rules.line), "The region."),
        zone: said(line, "The zone in it."),
    },
    "region and zone",
);

const meta = ruledMap(
    rules.metaKey,
    ruled<string>(rules.metaValue),
    "a map from names to strings",
).refine((pairs) => Object.keys(pairs).length <= mostMeta, mostMetaRule);

/** What a service may say of itself, each in our words, with Consul's own in brackets. */
export const serviceShape = {
    name: said(
        ruled<string>(rules.name),
        "Its name in the catalog and in DNS (`name`): lowercase letters, digits and dashes, where DNS is to find it.",
    ),
    id: said(
        ruled<string>(rules.id).optional(),
        "Tells two of one name on one node apart (`id`).",
        "the name",
    ),
    address: said(
        ruled<string>(rules.address).optional(),
        "Where others reach it, if that is not the machine (`address`).",
        "the machine's address",
    ),
    port: said(port, "The port on which others reach it (`port`)."),
    ports: said(
        z.array(namedPort, "a list of ports").min(1, "at least one port").optional(),
        "Several ports by their names, in the place of one (`ports`). From Consul 1.22 on.",
    ),
    tags: said(
        z.array(ruled<string>(rules.line), "a list of words").optional(),
        "Words to find it by, in DNS as `TAG.NAME.service.consul` (`tags`).",
    ),
    meta: said(meta.optional(), "Further data for others, at most 63 pairs (`meta`)."),
    taggedAddresses: said(
        ruledMap(rules.metaKey, tagged, "a map from names, such as wan, to addresses").optional(),
        "Addresses for some: `lan`, `wan`, `lan_ipv4`, `wan_ipv6`, `virtual` and the like (`tagged_addresses`).",
    ),
    weights: said(
        weights.optional(),
        "How often DNS answers with it, in comparison with others of its name (`weights`).",
    ),
    enableTagOverride: said(
        flag,
        "Whether tags stay that others write into the catalog (`enable_tag_override`).",
        false,
    ),
    socketPath: said(
        ruled<string>(rules.socketPath).optional(),
        "The socket on which it listens, for its proxy (`socket_path`).",
    ),
    checks: said(
        z.array(checkSchema, "a list of checks").optional(),
        "It is healthy while all of them pass (`checks`).",
    ),
    kind: said(
        z.enum(serviceKinds, `one of ${serviceKinds.join(", ")}`).optional(),
        "What it is for the mesh (`kind`).",
        "an ordinary service",
    ),
    proxy: said(given.optional(), "How it is a proxy, in Consul's own words (`proxy`)."),
    connect: said(connect.optional(), "Its part in the mesh (`connect`)."),
    locality: said(
        locality.optional(),
        "Where it is, for Consul Enterprise (`locality`). From Consul 1.17 on.",
    ),
};
