import { describe, expect, it } from "vitest";

import { wantedAt } from "./completion";

const ABOVE = ["- effective: 2026-08", "  rules:", "    - name: one", "      when:", "        all:"];

describe("what can stand at a place", () => {
  it.each([
    ["      assign: ", { kind: "customer" }],
    ["    - {name: x, assign: ", { kind: "customer" }],
    ["      share: {", { kind: "customer" }],
    ["      share: {cust-1: 50, ", { kind: "customer" }],
    ["      share: {equal: [cust-1, ", { kind: "customer" }],
    ["      share: {in_proportion_to: EffectiveCost, over: [", { kind: "customer" }],
    ["      when: {CustomerTenantId: ", { kind: "value", column: "CustomerTenantId" }],
    ["      when: {CustomerTenantId: [a, ", { kind: "value", column: "CustomerTenantId" }],
    ["      when: {ServiceName: Storage, tag.project: ", { kind: "value", column: "tag.project" }],
    ["      when: {ResourceId: {contains: ", { kind: "value", column: "ResourceId" }],
    ["      when: {", { kind: "column" }],
    ["          - {RegionId: ", { kind: "value", column: "RegionId" }],
    ["      name: ", undefined],
    ["      share: {cust-1: ", undefined],
    ["      # assign: ", undefined],
    ["- effective: ", undefined],
  ])("%s", (line, wanted) => {
    expect(wantedAt(line, ABOVE)).toEqual(wanted);
  });
});
