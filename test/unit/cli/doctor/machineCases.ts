import { clusterOf, memberOf, sign } from "../../../support/doctorFacts.ts";
import { one, type DoctorCase } from "./doctorCase.ts";

/** What the others say where the second server is gone. */
const failed = {
    members: [memberOf("s1", 0), memberOf("s2", 1, { status: "failed" }), memberOf("s3", 2)],
};
const noAnswer = { unreachable: "fetch failed", self: undefined, members: [], leader: undefined };
const gone = (s2: object) => clusterOf({ s1: { agent: failed }, s2, s3: { agent: failed } });
const published = [{ port: 8301, protocol: "tcp", ip: "10.0.0.2", hostPort: 8301 }];

/** What is wrong with machines and containers. */
export const machineCases: readonly DoctorCase[] = [
    one(
        "a machine that is stopped",
        gone({
            machine: { failure: { at: "machine", text: "EHOSTUNREACH" } },
            container: undefined,
            agent: noAnswer,
        }),
        "machine-unreachable s2",
        'its machine "dev-s2" does not answer at 10.0.0.2 (EHOSTUNREACH)',
        "`docker-machine --storage-path .state/machines/dev start dev-s2`",
    ),
    one(
        "an engine that is off",
        gone({
            machine: { failure: { at: "engine", text: "ECONNREFUSED" } },
            container: undefined,
            agent: noAnswer,
        }),
        "engine-off s2",
        "runs, but no Docker Engine answers at 10.0.0.2 (ECONNREFUSED)",
        "`sudo systemctl start docker`",
    ),
    one(
        "a container that is gone",
        gone({ container: null, agent: noAnswer }),
        "container-gone s2",
        'its machine has no container "consul"',
        "`npm start` brings it back on the same data, or `pulumi up --refresh`",
    ),
    one(
        "a container that is stopped",
        gone({
            container: { state: "exited", exitCode: 1, published: [], lastLines: ["shutdown"] },
            agent: noAnswer,
        }),
        "container-stopped s2",
        "its container is exited (exit code 1): shutdown",
        "`npm start` brings it back",
    ),
    one(
        "a container whose machine had no address yet when Docker started",
        gone({
            container: {
                state: "exited",
                exitCode: 128,
                error: "failed to bind host port for 10.0.0.2:8300:172.17.0.2:8300/tcp: cannot assign requested address",
                published: [],
            },
            agent: noAnswer,
        }),
        "address-late s2",
        "its machine did not have 10.0.0.2 when its Docker started",
        "`pulumi up` (or `npm start`) starts it once the machine has its address",
    ),
    one(
        "a container that is paused",
        gone({ container: { state: "paused" }, agent: noAnswer }),
        "container-stopped s2",
        "its container is paused",
        "`docker unpause consul`",
    ),
    one(
        "a container in two networks without an address to advertise",
        gone({
            container: { state: "restarting", exitCode: 1, published: [] },
            agent: noAnswer,
            signs: [sign("several-addresses")],
        }),
        "several-addresses s2",
        "Multiple private IPv4",
        "-advertise=10.0.0.2",
    ),
    one(
        "a server that was away for too long",
        gone({
            container: { state: "restarting", exitCode: 1, published: [] },
            agent: noAnswer,
            signs: [sign("offline-too-long")],
        }),
        "offline-too-long s2",
        "refuses to rejoin",
        "remove its container and its volume consul-data",
    ),
    one(
        "ports that a container does not publish",
        clusterOf({
            s1: { signs: [sign("udp-lost", "c1"), sign("udp-lost", "c1")] },
            c1: { container: { published } },
        }),
        "port-unpublished c1",
        "its container does not publish 8301/udp, 8500/tcp, 8600/tcp and 8600/udp on 10.0.0.2",
        "remove it, and run `npm start`",
    ),
    one(
        "an agent that does not answer, alive as it is",
        clusterOf({ s1: {}, s2: {}, c1: { agent: noAnswer } }),
        "agent-unreachable c1",
        "its agent does not answer at http://10.0.0.3:8500 (fetch failed)",
        "client_addr 0.0.0.0",
    ),
    one(
        "an agent that answers by HTTP and not by DNS",
        clusterOf({ s1: {}, c1: { dnsFailure: "queryA ETIMEOUT" } }),
        "dns-unreachable c1",
        "does not answer DNS for consul.service.consul at 10.0.0.2:8600 (queryA ETIMEOUT)",
        "8600/udp",
    ),
];
