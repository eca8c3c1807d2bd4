import assert from "node:assert/strict";
import { parseReadQuery } from "./parse_query.ts";

const parse = (query: string) => parseReadQuery(new URLSearchParams(query));

Deno.test("parseReadQuery() reads select, order, limit and offset", () => {
  assert.deepEqual(parse(""), { select: ["*"], filters: [], order: [], offset: 0 });
  assert.deepEqual(parse('select=*,a,b:c,"d,\\"e","f.g":"h:i"').select, [
    "*",
    { column: "a" },
    { column: "c", alias: "b" },
    { column: 'd,"e' },
    { column: "h:i", alias: "f.g" },
  ]);
  assert.deepEqual(parse("select=").select, []);
  assert.deepEqual(parse("select=a, b").select, [{ column: "a" }, { column: "b" }]);
  assert.deepEqual(
    parse('order=a,b.desc,c.asc.nullsfirst,d.nullslast,"e.desc".desc.nullslast').order,
    [
      { column: "a", isDescending: false },
      { column: "b", isDescending: true },
      { column: "c", isDescending: false, nulls: "first" },
      { column: "d", isDescending: false, nulls: "last" },
      { column: "e.desc", isDescending: true, nulls: "last" },
    ],
  );
  const { limit, offset } = parse("limit=0&offset=7");
  assert.deepEqual([limit, offset], [0, 7]);
});

Deno.test("parseReadQuery() reads filters", async (t) => {
  const filter = (query: string) => {
    const { column: _, isNegated: __, ...rest } = parse(query).filters[0]!;
    return rest;
  };
  await t.step("comparisons, whatever is in the value", () => {
    for (const operator of ["eq", "neq", "gt", "gte", "lt", "lte"]) {
      assert.deepEqual(filter(`a=${operator}.x*.,(")=%26y`), { operator, value: 'x*.,(")=&y' });
    }
    assert.deepEqual(filter("a=eq."), { operator: "eq", value: "" });
    assert.deepEqual(filter("a=eq.x\ny"), { operator: "eq", value: "x\ny" });
    assert.deepEqual(filter("a=like.*x_"), { operator: "like", value: "%x_" });
    assert.deepEqual(filter("a=ilike.x%25"), { operator: "ilike", value: "x%" });
  });
  await t.step("is, in any case", () => {
    for (const value of ["null", "not_null", "true", "false", "unknown"]) {
      assert.deepEqual(filter(`a=is.${value.toUpperCase()}`), { operator: "is", value });
    }
  });
  await t.step("in, with quotes around an element", () => {
    const values = (list: string) => (filter(`a=in.${list}`) as { values: string[] }).values;
    assert.deepEqual(values("()"), []);
    assert.deepEqual(values("(a)"), ["a"]);
    assert.deepEqual(values('(a b,"c,d)","e\\"\\\\f",)'), ["a b", "c,d)", 'e"\\f', ""]);
    assert.deepEqual(values('(a"b,"c"d)'), ['a"b', '"c"d']);
  });
  await t.step("names, not, and several of one column", () => {
    assert.deepEqual(parse('a=gt.1&a=not.gt.5&"b.c"=eq.not.x').filters, [
      { column: "a", isNegated: false, operator: "gt", value: "1" },
      { column: "a", isNegated: true, operator: "gt", value: "5" },
      { column: "b.c", isNegated: false, operator: "eq", value: "not.x" },
    ]);
    assert.equal(parse("a=not.in.(1)").filters[0]!.isNegated, true);
    assert.equal(parse("a=not.is.null").filters[0]!.isNegated, true);
  });
});

Deno.test("parseReadQuery() refuses what is no query", () => {
  for (
    const query of [
      "a=1",
      "a=foo.1",
      "a=eq",
      "a=not.not.eq.1",
      "a=is.2",
      "a=in.1,2",
      "a=in.(1,2",
      "a=in.(1)2",
      "a=toString.1",
      "select=a:b:c",
      'select=a b"',
      "select=a.b",
      "order=a.up",
      "order=a.desc.nullsfirst.x",
      "order=a.nullsfirst.desc",
      "limit=x",
      "limit=1.5",
      "offset=-1",
      "offset=9007199254740993",
      "a=eq.%00",
      "%00=eq.1",
    ]
  ) {
    assert.throws(() => parse(query), { status: 400, code: "PGRST100" }, query);
  }
  assert.throws(() => parse("limit=-1"), { status: 416, code: "PGRST103" });
});

Deno.test("parseReadQuery() says what needs supabase start", () => {
  for (
    const [query, what] of [
      ["select=a,b(c,d)", "Embedding (b(c,d))"],
      ["select=a,b(c,d(e,f(g,h)))", "Embedding"],
      ["select=...b(c)", "Embedding"],
      ["select=b!inner(c)", "Embedding"],
      ["b.c=eq.1", "Embedding (b.c)"],
      ["b.order=c.desc", "Embedding (b.order)"],
      ["order=b(c).desc", "Embedding"],
      ["select=count()", "An aggregate in select"],
      ["select=n:a.avg()", "An aggregate in select"],
      ["select=a::text", "A cast in select"],
      ["select=a->b", "A JSON operator in select"],
      ["a->>b=eq.1", "A JSON operator in a filter"],
      ["order=a->b", "A JSON operator in order"],
      ["or=(a.eq.1,b.eq.2)", "The filter or="],
      ["not.and=(a.eq.1,b.eq.2)", "The filter not.and="],
      ["a=cs.{1}", "The operator cs"],
      ["a=not.fts(english).x", "The operator fts"],
      ["a=match.x", "The operator match"],
      ["a=like(any).{x}", "The operator like(any)"],
    ] as const
  ) {
    assert.throws(() => parse(query), (error: Error) => {
      assert.deepEqual((error as unknown as { status: number }).status, 501, query);
      assert.ok(error.message.startsWith(what), `${query}: ${error.message}`);
      assert.match(error.message, / needs `supabase start`: /);
      return true;
    });
  }
});

Deno.test("parseReadQuery() refuses a query that would take long", () => {
  const params = new URLSearchParams({ select: `${'\\"'.repeat(16_000)}(` });
  assert.throws(() => parseReadQuery(params), /the query has more than 16000 characters/);
});
