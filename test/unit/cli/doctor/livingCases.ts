import { addressAt, clusterOf, idOf, memberOf, sign } from "../../../support/doctorFacts.ts";
import { one, type DoctorCase } from "./doctorCase.ts";

/** The members of three servers of which these do not live. */
const members = (status: string, ...dead: string[]) =>
    ["s1", "s2", "s3"].map((name, index) =>
        memberOf(name, index, dead.includes(name) ? { status } : {}),
    );

/** Autopilot's view of three servers of which this one does not vote. */
const voters = (without: string) =>
    ["s1", "s2", "s3"].map((name) => {
        return { name, isVoter: name !== without };
    });
const noAnswer = { unreachable: "fetch failed", self: undefined, members: [], leader: undefined };
const unwatched = { name: "old", id: idOf("old"), isWatched: false };

/** What is said by each of three servers of which the third has no vote. */
const agent = { voters: voters("s3") };

/** What goes wrong with a cluster that was well. */
export const livingCases: readonly DoctorCase[] = [
    one(
        "a name that is reserved",
        clusterOf({
            s1: { agent: { catalog: [{ name: "c1", id: "id of lost data", isWatched: true }] } },
            c1: {
                agent: { catalog: [] },
                signs: [sign("name-reserved", "c1", "lost"), sign("token-refused")],
            },
        }),
        "name-reserved c1",
        "its name is reserved by an earlier node of that name (id lost); it is id of c1 now",
        `curl -X PUT -d '{"Node":"c1"}' http://SERVER:8500/v1/catalog/deregister`,
    ),
    one(
        "two nodes with one id",
        clusterOf({ s1: { signs: [sign("id-conflict", "c2", "abc", "c1")] }, c1: {} }),
        "id-shared c1 c2",
        "have one node id (abc)",
        "`consul force-leave -prune` the old name",
    ),
    one(
        "an agent that finds its own id at another",
        clusterOf({ s1: {}, c2: { signs: [sign("id-conflict", "c1", "abc", "")] } }),
        "id-shared c1 c2",
        "have one node id (abc)",
        "empty the copy's data folder",
    ),
    one(
        "two agents with one name",
        clusterOf({ s1: { signs: [sign("name-conflict", "c1", "10.0.0.9", "10.0.0.2")] }, c1: {} }),
        "name-shared c1",
        "is claimed by several agents, at 10.0.0.2 and 10.0.0.9",
        "another -node",
    ),
    one(
        "a node that the others call failed",
        clusterOf({
            s1: { agent: { members: members("failed", "s3") } },
            s2: { agent: { members: members("failed", "s3") } },
            s3: { agent: noAnswer },
        }),
        "not-alive s3",
        "is not alive: the others see it failed",
        "`docker logs consul` on its machine",
    ),
    one(
        "a failed member that no stack declares",
        clusterOf({
            s1: {
                agent: { members: [memberOf("s1", 0), memberOf("w9", 8, { status: "failed" })] },
            },
        }),
        "not-declared w9",
        "is a member at 10.0.0.9 that this stack does not declare",
        "`consul force-leave -prune w9`",
    ),
    one(
        "a ghost in the catalog",
        clusterOf({ s1: { agent: { catalog: [unwatched] } } }),
        "ghost old",
        "is in the catalog, but in no member list",
        `{"Node":"old"}`,
    ),
    {
        what: "a quorum that is lost, and why each is gone",
        facts: clusterOf({
            s1: {
                agent: { leader: "", voters: undefined, members: members("failed", "s2", "s3") },
            },
            s2: { agent: noAnswer, container: { state: "exited", exitCode: 137, published: [] } },
            s3: { agent: noAnswer, container: null },
        }),
        found: [
            { is: "container-gone s3", seen: "has no container", fix: "`npm start`" },
            { is: "container-stopped s2", seen: "exited (exit code 137)", fix: "`npm start`" },
            {
                is: "quorum-lost",
                seen: "of 3 voters 2 must be there; gone: s2 and s3",
                fix: "`npm run recover`",
            },
        ],
    },
    one(
        "a lost quorum of a cluster that is not ours",
        clusterOf(
            {
                s1: {
                    self: {
                        peers: ["s1", "s2", "s3"].map((name) => ({
                            id: idOf(name),
                            address: `${name}:8300`,
                        })),
                    },
                    agent: {
                        leader: "",
                        voters: undefined,
                        members: members("failed", "s2", "s3"),
                    },
                },
            },
            { isDeclared: false },
        ),
        "quorum-lost",
        "has lost its quorum",
        "write raft/peers.json",
    ),
    one(
        "no leader, though all are there",
        clusterOf({ s1: { agent: { leader: "" } }, s2: { agent: { leader: "" } } }),
        "no-leader",
        "knows no leader",
        "An election takes seconds",
    ),
    one(
        "one agent that knows no leader",
        clusterOf({ s1: {}, c1: { agent: { leader: "" } } }),
        "no-leader c1",
        "knows no leader, and others do",
        "8300/tcp",
    ),
    one(
        "two clusters where one was meant",
        clusterOf({ s1: {}, s2: { agent: { leader: "10.0.0.2:8300" } } }),
        "no-leader",
        "is split: s1 says 10.0.0.1:8300 and s2 says 10.0.0.2:8300",
        "Decide which one to keep",
    ),
    one(
        "a server that does not vote",
        clusterOf({ s1: { agent }, s2: { agent }, s3: { agent } }),
        "not-voter s3",
        "has no vote",
        "10 to 20 s after it has joined",
    ),
    one(
        "a server that is kept out, as the log says",
        clusterOf({
            s1: { agent, signs: [sign("duplicate-address")] },
            s2: { agent },
            s3: { agent },
        }),
        "address-reused s3",
        "is kept out of the voters",
        "Wait 60 to 80 s",
    ),
    one(
        "a server that is kept out, as Raft's addresses show",
        clusterOf({
            s1: { agent },
            s2: { agent },
            s3: {
                self: { peers: [{ id: idOf("s2"), address: `${addressAt(2)}:8300` }] },
                agent,
            },
        }),
        "address-reused s3",
        "is kept out of the voters",
        "Change one server's address at a time",
    ),
    one(
        "a cluster that an empty server took over",
        clusterOf({ s1: { signs: [sign("log-cleared", "2", "30")] }, s2: { self: { expect: 1 } } }),
        "taken-over s1",
        "threw nearly its whole log away (2 to 30)",
        "`consul snapshot save -stale` on each of the others first",
    ),
    one(
        "a cluster that an empty server took over, by what they hold",
        clusterOf({ s1: {}, s2: { self: { expect: 1 }, agent: { keys: {} } }, s3: {} }),
        "taken-over s2",
        "has taken the cluster over",
        "`npm run restore`",
    ),
    one(
        "a server that would elect itself",
        clusterOf({
            s1: { self: { expect: 1 }, signs: [sign("log-cleared", "90", "95")] },
            s2: {},
        }),
        "bootstraps-alone s1",
        "runs with -bootstrap or -bootstrap-expect=1 beside other servers",
        "Start it without that flag",
    ),
    one(
        "a server with other data",
        clusterOf({ s1: {}, s2: { agent: { keys: { color: 3, shape: 4 } } }, s3: {} }),
        "data-differ s2",
        "holds other data than the rest: color and shape are not the same there",
        "Do not let it lead",
    ),
    one(
        "agents that want a token",
        clusterOf({
            s1: {
                agent: {
                    refusal: "/v1/agent/self: Permission denied",
                    self: undefined,
                    members: [],
                },
            },
        }),
        "token-missing s1",
        "refuses to say how things are: /v1/agent/self: Permission denied",
        "`CONSUL_HTTP_TOKEN=... npm run doctor`",
    ),
    one(
        "an agent whose own token is refused",
        clusterOf({ s1: {}, c1: { signs: [sign("token-refused")] } }),
        "agent-token-missing c1",
        "is refused by its servers",
        "`consul acl set-agent-token agent TOKEN`",
    ),
];
