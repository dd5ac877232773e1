// Where things are on the stage: pure geometry, in device pixels, of the picture {width, height}.

export const MOST_ZOOM = 16; // device pixels for each of the video's

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The panes that a mode shows in an area: for `side` two, laid out so that they are largest. */
export function panesOf(mode, area, picture) {
  const whole = { x: 0, y: 0, ...area };
  if (mode !== "side") return [whole];
  const gap = 2;
  const across = { width: (area.width - gap) / 2, height: area.height };
  const down = { width: area.width, height: (area.height - gap) / 2 };
  if (fitOf(across, picture) >= fitOf(down, picture)) {
    return [{ x: 0, y: 0, ...across }, { x: across.width + gap, y: 0, ...across }];
  }
  return [{ x: 0, y: 0, ...down }, { x: 0, y: down.height + gap, ...down }];
}

/** The scale at which the whole picture fits into a pane. */
export const fitOf = (pane, picture) =>
  Math.min(pane.width / picture.width, pane.height / picture.height);

/** A scale within what makes sense: from fitting to MOST_ZOOM. */
export const scaleWithin = (scale, pane, picture) =>
  clamp(scale, fitOf(pane, picture), Math.max(MOST_ZOOM, fitOf(pane, picture)));

/** The centre of a view, 0…1 each way, moved so that no edge comes inside without need. */
export function centreWithin({ x, y }, scale, pane, picture) {
  const within = (centre, size, room) => {
    const half = room / (2 * size * scale);
    return half >= 0.5 ? 0.5 : clamp(centre, half, 1 - half);
  };
  return {
    x: within(x, picture.width, pane.width),
    y: within(y, picture.height, pane.height),
  };
}

/** Where the whole picture lies, seen at a scale around a centre; it may stick out of the pane. */
export function placeOf(pane, picture, scale, centre) {
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    x: Math.round(pane.x + pane.width / 2 - centre.x * width),
    y: Math.round(pane.y + pane.height / 2 - centre.y * height),
    width: Math.round(width),
    height: Math.round(height),
  };
}

/** What of `place` is inside `pane`. */
export function visibleOf(place, pane) {
  const x = Math.max(place.x, pane.x);
  const y = Math.max(place.y, pane.y);
  return {
    x,
    y,
    width: Math.min(place.x + place.width, pane.x + pane.width) - x,
    height: Math.min(place.y + place.height, pane.y + pane.height) - y,
  };
}

/** The centre after zooming so that what is under `point` stays there. */
export function centreAround(point, pane, picture, centre, from, to) {
  const shift = (at, start, size, length, middle) =>
    middle + ((at - start - size / 2) / length) * (1 / from - 1 / to);
  return {
    x: shift(point.x, pane.x, pane.width, picture.width, centre.x),
    y: shift(point.y, pane.y, pane.height, picture.height, centre.y),
  };
}
