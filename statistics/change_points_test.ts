import assert from "node:assert/strict";
import { type ChangePoints, findChangePoints } from "./change_points.ts";
import { type Random, randomFrom } from "../testing/random.ts";
import { type Noise, NOISES, normal, simulate } from "./simulated_series.ts";

/** Flow of the Nile at Aswan, 1871 to 1970 (Cobb 1978): less from 1899 on, index 28. */
// deno-fmt-ignore
const NILE = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180,
  799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701,
  916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862,
  698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812,
  742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906,
  901, 1170, 912, 746, 919, 718, 714, 740,
];

/** Latencies with little noise: 100 ms, from the 20th on 120 ms. */
const STEP = [
  ...[101, 99, 100, 102, 98, 100, 101, 99, 100, 100, 102, 99, 98, 101, 100, 99, 101, 100, 100, 99],
  ...[121, 119, 120, 122, 118, 120, 121, 119, 120, 120, 122, 119, 118, 121, 120, 119, 121, 120],
];

const indicesOf = ({ changePoints }: ChangePoints) => changePoints.map(({ index }) => index);

/** The share of 300 histories in which it happens. */
function share(seed: number, happens: (random: Random) => boolean): number {
  const random = randomFrom(seed);
  let count = 0;
  for (let i = 0; i < 300; i++) if (happens(random)) count++;
  return count / 300;
}

function findsSomething(values: number[]): boolean {
  const { changePoints, unstable } = findChangePoints(values);
  return unstable || changePoints.length > 0;
}

/** Noise whose level changes by `sizes` at the indices that are their keys. */
function shifted(length: number, random: Random, sizes: Record<number, number>): number[] {
  let level = 0;
  return simulate(length, (_, t) => (level += sizes[t] ?? 0) + normal(random));
}

Deno.test("a shift is told with its index, kind, levels and size", () => {
  assert.deepEqual(findChangePoints(STEP), {
    changePoints: [{
      index: 20,
      kind: "shift",
      before: 100,
      after: 120,
      change: 20,
      relativeChange: 0.2,
    }],
    segments: [
      { start: 0, end: 20, kind: "level", median: 100, from: 100, to: 100 },
      { start: 20, end: 38, kind: "level", median: 120, from: 120, to: 120 },
    ],
    unstable: false,
  });
});

Deno.test("the Nile carries less water from 1899 on, and changes nowhere else", () => {
  const { changePoints: [change, ...others] } = findChangePoints(NILE);
  assert.deepEqual(others, []);
  assert.equal(change?.index, 28);
  assert.equal(change.kind, "shift");
  assert.deepEqual([change.before, change.after], [1130, 842.5]);
});

Deno.test("a level that begins to fall is one trend, told with where it leads", () => {
  const random = randomFrom(3);
  const values = simulate(100, (_, t) => 50 + normal(random) - Math.max(0, t - 50) / 2);
  const { changePoints: [change, ...others], segments } = findChangePoints(values);
  assert.deepEqual(others, []);
  assert.equal(change?.kind, "trend");
  assert.ok(Math.abs(change.index - 50) <= 5, `${change.index}`);
  assert.ok(change.change < 0);
  const [level, line] = segments;
  assert.equal(level?.kind, "level");
  assert.equal(line?.kind, "line");
  assert.ok(Math.abs(level.from - 50) < 1, `${level.from}`);
  assert.ok(Math.abs(line.from - (50 - (change.index - 50) / 2)) < 1.5, `${line.from}`);
  assert.ok(Math.abs(line.to - 25.5) < 1.5, `${line.to}`);
});

Deno.test("a fall that ends is a trend too", () => {
  const random = randomFrom(5);
  const values = simulate(100, (_, t) => 50 + normal(random) + Math.max(0, 50 - t) / 2);
  const { changePoints, segments } = findChangePoints(values);
  assert.deepEqual(changePoints.map(({ kind }) => kind), ["trend"]);
  assert.deepEqual(segments.map(({ kind }) => kind), ["line", "level"]);
});

Deno.test("several shifts are found, up and down", () => {
  const random = randomFrom(4);
  const found = share(40, () => {
    const indices = indicesOf(findChangePoints(shifted(150, random, { 40: 4, 80: -6, 110: 4 })));
    return indices.length === 3 &&
      [40, 80, 110].every((index, i) => Math.abs(indices[i]! - index) <= 2);
  });
  assert.ok(found >= 0.9, `${found}`);
});

for (const [name, noise] of Object.entries<Noise>(NOISES)) {
  const limit = name === "AR(1) 0.6" ? 0.1 : 0.05;
  Deno.test(`noise without a change is left alone: ${name}`, () => {
    for (const length of [50, 100, 200]) {
      const alarms = share(length, (random) => findsSomething(noise(length, random)));
      assert.ok(alarms <= limit, `${alarms} of n = ${length}`);
    }
  });
}

Deno.test("noise that only grows louder is seldom taken for a change", () => {
  for (const [start, times, limit] of [[50, 3, 0.05], [70, 3, 0.15], [85, 6, 0.2]] as const) {
    const alarms = share(
      9,
      (random) => findsSomething(simulate(100, (_, t) => normal(random) * (t < start ? 1 : times))),
    );
    assert.ok(alarms <= limit, `${alarms} for ${times} times from ${start} on`);
  }
});

Deno.test("a shift of 2 SD in the middle of 100 is found within 3", () => {
  const found = share(250, (random) =>
    indicesOf(findChangePoints(shifted(100, random, { 50: 2 })))
      .some((index) => Math.abs(index - 50) <= 3));
  assert.ok(found >= 0.9, `${found}`);
});

Deno.test("a shift of 2 SD ten values before the end is found within 3", () => {
  const found = share(290, (random) =>
    indicesOf(findChangePoints(shifted(100, random, { 90: 2 })))
      .some((index) => Math.abs(index - 90) <= 3));
  assert.ok(found >= 0.85, `${found}`);
});

Deno.test("a slow drift is no staircase, but a line", () => {
  for (const direction of [1, -1]) {
    const broken = share(
      10,
      (random) => findsSomething(simulate(100, (_, t) => normal(random) + direction * t / 10)),
    );
    assert.ok(broken <= 0.05, `${broken}`);
  }
  const random = randomFrom(11);
  const { segments } = findChangePoints(simulate(100, (_, t) => normal(random) + t / 10));
  assert.equal(segments.length, 1);
  assert.equal(segments[0]?.kind, "line");
  assert.ok(Math.abs(segments[0].to - segments[0].from - 10) < 1.5);
});

Deno.test("outliers neither are changes nor hide one", () => {
  const random = randomFrom(12);
  for (const outlier of [50, 1e6, 1e9, -1e9]) {
    const quiet = simulate(100, () => normal(random));
    quiet[30] = quiet[95] = outlier;
    assert.equal(findsSomething(quiet), false, `${outlier}`);
    const burst = simulate(100, () => normal(random));
    burst[30] = burst[31] = outlier;
    assert.equal(findsSomething(burst), false, `two of ${outlier}`);
    const stepped = shifted(100, random, { 50: 4 });
    stepped[30] = stepped[31] = outlier;
    const indices = indicesOf(findChangePoints(stepped));
    assert.ok(indices.some((index) => Math.abs(index - 50) <= 1), `${outlier}: ${indices}`);
  }
});

/** Twelve times each level, one after the other. */
function plateaus(...levels: number[]): number[] {
  return levels.flatMap((level) => Array<number>(12).fill(level));
}

Deno.test("a history that repeats one value changes where it repeats another", () => {
  assert.deepEqual(indicesOf(findChangePoints(plateaus(1, 0.9))), [12]);
  assert.deepEqual(indicesOf(findChangePoints(plateaus(1, 0.9, 0.95))), [12, 24]);
  assert.deepEqual(indicesOf(findChangePoints(plateaus(1e308, Number.MAX_VALUE))), [12]);
  assert.deepEqual(indicesOf(findChangePoints(plateaus(5e-324, 0))), [12]);
  const flickering = plateaus(1, 1, 1, 0.5, 0.5, 0.5);
  flickering[7] = 0.98;
  assert.deepEqual(indicesOf(findChangePoints(flickering)), [36]);
  const constant = Array<number>(1000).fill(1);
  constant[500] = 2;
  assert.deepEqual(indicesOf(findChangePoints(constant)), []);
});

Deno.test("an exact fit does not make the smallest difference a change", () => {
  assert.deepEqual(indicesOf(findChangePoints(plateaus(1, 0.5, 0.500001))), [12]);
});

Deno.test("a history of nothing but changes is unstable, and none is given", () => {
  const random = randomFrom(13);
  const values = simulate(300, (_, t) => normal(random) / 10 + Math.floor(t / 10) % 2 * 50);
  assert.deepEqual(findChangePoints(values), { changePoints: [], segments: [], unstable: true });
});

Deno.test("changes below the limit are left out, and medians are of what is left", () => {
  const values = [...STEP.slice(0, 20), ...STEP.slice(20).map((value) => value - 17), ...STEP];
  const all = findChangePoints(values);
  assert.deepEqual(all.changePoints.map(({ change }) => change), [3, -3, 20]);
  const large = findChangePoints(values, { relevantMagnitude: 0.05 });
  assert.deepEqual(large.changePoints.map(({ index }) => index), [58]);
  assert.equal(large.segments.length, 2);
  assert.equal(large.segments[0]?.end, 58);
  assert.deepEqual(findChangePoints(values, { relevantChange: 5 }), large);
  assert.deepEqual(findChangePoints(values, { relevantChange: 21 }).changePoints, []);
  // A change of just the limit is relevant.
  assert.deepEqual(findChangePoints(values, { relevantChange: 3 }), all);
  assert.deepEqual(indicesOf(findChangePoints(STEP, { relevantMagnitude: 0.2 })), [20]);
  assert.ok(0.8 - 0.9 > -0.1, "in binary this is less than it");
  const bare = findChangePoints(plateaus(0.9, 0.8), { relevantChange: 0.1 });
  assert.deepEqual(indicesOf(bare), [12]);
  assert.deepEqual(indicesOf(findChangePoints(STEP, { relevantMagnitude: 0.201 })), []);
});

Deno.test("small changes in a row add up to a relevant one", () => {
  const random = randomFrom(14);
  const values = shifted(120, random, { 0: 100, 30: 4, 60: 4, 90: 4 });
  assert.equal(findChangePoints(values).changePoints.length, 3);
  const [change, ...others] = findChangePoints(values, { relevantMagnitude: 0.05 }).changePoints;
  assert.ok(change && change.change >= 5, "dropping one makes the next larger");
  assert.deepEqual(others, []);
});

Deno.test("of changes below the limit the smallest goes first", () => {
  const values = plateaus(100, 104, 107, 111);
  assert.deepEqual(indicesOf(findChangePoints(values)), [12, 24, 36]);
  assert.deepEqual(indicesOf(findChangePoints(values, { relevantChange: 5 })), [12, 36]);
  assert.deepEqual(indicesOf(findChangePoints(values, { relevantMagnitude: 0.05 })), [12, 36]);
});

Deno.test("from a level of 0 every change is relevant, and its share is not a number", () => {
  const values = [...Array<number>(15).fill(0), ...Array<number>(15).fill(2)];
  const { changePoints } = findChangePoints(values, { relevantMagnitude: 1000 });
  assert.deepEqual(changePoints, [
    { index: 15, kind: "shift", before: 0, after: 2, change: 2, relativeChange: null },
  ]);
  const below = findChangePoints(values.map((value) => value - 1)).changePoints;
  assert.equal(below[0]?.relativeChange, 2, "up is above 0, from a level below 0 too");
});

Deno.test("values that are not finite are gaps, and counted", () => {
  const gappy = STEP.flatMap((value, i) =>
    i % 4 === 0 ? [[NaN, Infinity, -Infinity][i % 3]!, value] : [value]
  );
  const { changePoints, segments } = findChangePoints(gappy);
  const { changePoints: [same] } = findChangePoints(STEP);
  assert.deepEqual(changePoints, [{ ...same, index: gappy.indexOf(121) }]);
  assert.equal(segments[0]?.start, 1);
  assert.equal(segments[1]?.end, gappy.length);
});

Deno.test("nothing is found in too few values, none, or one value", () => {
  assert.deepEqual(findChangePoints([]), { changePoints: [], segments: [], unstable: false });
  assert.deepEqual(findChangePoints([NaN, NaN]).segments, []);
  for (const values of [[5], [1, 2], [0, 0, 0, 0, 9, 9, 9, 9, 9], Array<number>(500).fill(0.1)]) {
    const { changePoints, segments, unstable } = findChangePoints(values);
    assert.deepEqual(changePoints, []);
    assert.equal(segments.length, 1);
    assert.equal(unstable, false);
  }
  assert.deepEqual(indicesOf(findChangePoints([0, 0, 0, 0, 0, 9, 9, 9, 9, 9])), [5]);
});

Deno.test("sums that differ by rounding are no change", () => {
  const values = [...Array<number>(20).fill(0.3), ...Array<number>(20).fill(0.1 + 0.2)];
  assert.deepEqual(findChangePoints(values).changePoints, []);
});

Deno.test("what is no number is refused, naming it", () => {
  for (const value of [null, undefined, "1", 1n, {}]) {
    assert.throws(() => findChangePoints([1, value as number]), {
      name: "TypeError",
      message: /Value 1/,
    });
  }
  assert.throws(() => findChangePoints(STEP, { relevantMagnitude: "5" as unknown as number }), {
    name: "TypeError",
    message: /relevantMagnitude/,
  });
  for (const relevantChange of [-1, NaN]) {
    assert.throws(() => findChangePoints(STEP, { relevantChange }), RangeError);
  }
});

Deno.test("unit and sign of the values don't matter, nor does it matter what was asked before", () => {
  const random = randomFrom(20);
  for (let i = 0; i < 50; i++) {
    const values = simulate(
      80,
      (_, t) => Math.round(normal(random) * 8) + (t < 30 ? 0 : 24) + (t < 60 ? 0 : (t - 60) * 4),
    );
    const given = values.slice();
    const found = findChangePoints(values);
    assert.deepEqual(values, given, "left as they were");
    assert.deepEqual(findChangePoints(values), found);
    for (const factor of [-1, 2 ** 40, 2 ** -1060, -(2 ** 1000)]) {
      const scaled = findChangePoints(values.map((value) => value * factor));
      assert.deepEqual(indicesOf(scaled), indicesOf(found), `times ${factor}`);
      scaled.changePoints.forEach(({ kind, change }, j) => {
        assert.equal(kind, found.changePoints[j]!.kind);
        assert.equal(change, found.changePoints[j]!.change * factor);
      });
    }
    const moved = findChangePoints(values.map((value) => value + 4096));
    assert.deepEqual(indicesOf(moved), indicesOf(found));
    assert.deepEqual(indicesOf(findChangePoints(Float64Array.from(values))), indicesOf(found));
  }
});

Deno.test("whatever is given, what comes out is in order, finite and follows from the values", () => {
  const random = randomFrom(21);
  const oddities = [0, -0, 1, -1, 1e308, -1e308, 5e-324, 1e-300, Number.MAX_VALUE, NaN, Infinity];
  const odd = () => oddities[Math.floor(random() * oddities.length)]!;
  for (let i = 0; i < 1000; i++) {
    const length = Math.floor(random() * 80);
    // Plateaus, noise, and odd numbers among both
    const oddness = i % 3 === 0 ? 1 : 0.1;
    const unit = [1, 1e-310, 1e307][i % 3]!;
    let level = 0;
    const values = simulate(length, () => {
      if (random() < 0.05) level = random() < 0.5 ? odd() : normal(random) * 9 * unit;
      return random() < oddness ? odd() : level + normal(random) * unit;
    });
    assertSound(values, findChangePoints(values, i % 2 ? {} : { relevantMagnitude: 0.1 }));
  }
});

function assertSound(values: number[], found: ChangePoints): void {
  const { changePoints, segments, unstable } = found;
  const text = JSON.stringify(values.map(String));
  assert.deepEqual(
    JSON.parse(JSON.stringify(found)),
    structuredClone(found),
    `finite numbers only: ${text}`,
  );
  if (unstable) return assert.deepEqual([changePoints, segments], [[], []]);
  const isFinite = values.some(Number.isFinite);
  assert.equal(segments.length, isFinite ? changePoints.length + 1 : 0, text);
  segments.forEach((segment, i) => {
    const own = values.slice(segment.start, segment.end).filter(Number.isFinite)
      .sort((a, b) => a - b);
    assert.ok(own[0]! <= segment.median && segment.median <= own[own.length - 1]!, text);
    assert.equal(own.filter((value) => value < segment.median).length <= own.length / 2, true);
    assert.equal(own.filter((value) => value > segment.median).length <= own.length / 2, true);
    if (i === 0) return;
    const change = changePoints[i - 1]!;
    assert.ok(own.length >= 5, text);
    assert.equal(change.index, segment.start, text);
    assert.ok(segments[i - 1]!.end <= segment.start, text);
    assert.equal(change.before, segments[i - 1]!.median);
    assert.equal(change.after, segment.median);
    const difference = change.after - change.before;
    if (Number.isFinite(difference)) assert.equal(change.change, difference);
  });
}

Deno.test("1,000 values take less than 50 ms", () => {
  const random = randomFrom(22);
  const histories = [
    simulate(1000, () => normal(random)),
    simulate(1000, (previous = 0) => previous + normal(random)),
    simulate(1000, (_, t) => normal(random) + Math.floor(t / 5) % 2 * 100), // the worst
  ];
  for (const values of histories) {
    // The fastest of some: what the machine does besides is not measured.
    const times = Array.from({ length: 8 }, () => {
      const startedAt = performance.now();
      findChangePoints(values);
      return performance.now() - startedAt;
    });
    assert.ok(Math.min(...times) < 50, `${times}`);
  }
});
