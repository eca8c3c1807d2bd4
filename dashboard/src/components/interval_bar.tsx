const WIDTH = 110;
const HEIGHT = 14;

/** An interval on a scale that several share, and where 0 is on it. */
export function IntervalBar(
  { interval, scale }: { interval: [number, number]; scale: [number, number] },
) {
  const [low, high] = scale;
  if (!(high > low)) return null;
  const x = (value: number) =>
    3 + Math.min(1, Math.max(0, (value - low) / (high - low))) * (WIDTH - 6);
  const middle = (interval[0] + interval[1]) / 2;
  return (
    <svg
      class="interval"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2={HEIGHT} />
      <line x1={x(interval[0])} x2={x(interval[1])} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      <circle cx={x(middle)} cy={HEIGHT / 2} r="3" />
    </svg>
  );
}
