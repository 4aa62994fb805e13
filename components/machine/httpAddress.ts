import * as pulumi from "@pulumi/pulumi";
import { httpPort } from "../agent/ports.ts";

/** An agent's HTTP API at this address. */
export function httpAddressOf(address: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.interpolate`http://${address}:${httpPort}`;
}
