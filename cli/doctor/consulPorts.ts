/** What listens at Consul's TCP ports, in the words of its documentation: all that an agent may open. */
export const consulPorts: ReadonlyMap<number, string> = new Map([
    [8300, "server RPC and Raft"],
    [8301, "LAN gossip"],
    [8302, "WAN gossip"],
    [8500, "HTTP API without TLS"],
    [8501, "HTTPS API and web UI"],
    [8502, "gRPC"],
    [8503, "gRPC over TLS"],
    [8600, "DNS"],
]);
