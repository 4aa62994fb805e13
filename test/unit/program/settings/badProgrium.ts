import { consul05Reach } from "../../../../components/cluster/clusterHosts.ts";
import { progriumReasons } from "../../../../components/cluster/progriumProblems.ts";
import { one, type BadSettings } from "./badCase.ts";

const image = "progrium/consul:latest";
const imageFlavour = "progrium";

/** What does not go with progrium's image, or with what it is called. */
export const badProgrium: readonly BadSettings[] = [
    one(
        "a flavour that there is not",
        { imageFlavour: "gliderlabs" },
        'imageFlavour: got "gliderlabs"; official or progrium',
    ),
    one(
        "progrium's image that is taken for another",
        { image },
        'image: got "progrium/consul:latest"; that image is started otherwise; set "imageFlavour" to ' +
            '"progrium" (docs/image.md), or take Consul\'s official one',
    ),
    one(
        "the official image that is taken for progrium's",
        { imageFlavour },
        'image: got "hashicorp/consul:1.22.2"; with "imageFlavour: progrium" name progrium\'s image',
    ),
    one(
        "a host that is reached elsewhere",
        {
            image,
            imageFlavour,
            driver: "generic",
            servers: [{ name: "a", address: "192.0.2.1", reach: "192.0.2.55" }],
        },
        `servers[0].reach: got "192.0.2.55"; ${consul05Reach}`,
    ),
    one(
        "what Consul 0.5.2 cannot do",
        {
            image,
            imageFlavour,
            join: ["192.0.2.1"],
            snapshots: "kept",
            generations: { a: 2 },
            servers: [{ name: "a", services: [{ name: "web" }] }],
        },
        `join: got ["192.0.2.1"]; ${progriumReasons.join}`,
        `servers[0].services: got [{"name":"web"}]; ${progriumReasons.services}`,
        `generations.a: got 2; ${progriumReasons.generations}`,
        `snapshots: got "kept"; ${progriumReasons.snapshots}`,
    ),
    one(
        "nodes of that image on one machine",
        { image, imageFlavour, oneMachine: true },
        `oneMachine: got true; ${progriumReasons.oneMachine}`,
    ),
    one(
        "configuration that came after Consul 0.5.2",
        { image, imageFlavour, agentConfig: { telemetry: { disable_hostname: true } } },
        "agentConfig.telemetry: Consul 0.5.2 has no such key, and would not start with it",
    ),
    one(
        "a command's variable that would ask another agent",
        { image, imageFlavour, environment: { CONSUL_RPC_ADDR: "192.0.2.1:8400" } },
        "environment.CONSUL_RPC_ADDR: cannot be set here; the container's health check asks its " +
            "own agent",
    ),
];
