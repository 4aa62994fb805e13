import { X509Certificate } from "node:crypto";

/** How long before a certificate lapses another one is made: 30 days. */
export const renewBefore = 30 * 24 * 60 * 60 * 1000;

/** When a certificate lapses. */
export function endOf(certificate: X509Certificate | string): Date {
    const read = typeof certificate === "string" ? new X509Certificate(certificate) : certificate;
    return new Date(read.validTo);
}

/** Whether what lasts until then is to be made anew. */
export function lapsesSoon(end: Date): boolean {
    return end.getTime() - Date.now() <= renewBefore;
}

/** When a certificate lapses, or that it has, as a sentence goes on after its name. */
export function describeEnd(end: Date): string {
    const verb = end.getTime() < Date.now() ? "has lapsed on" : "lapses on";
    return `${verb} ${end.toISOString().slice(0, 10)}`;
}
