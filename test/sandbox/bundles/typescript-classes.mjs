// upload:index.ts
var Colour = /* @__PURE__ */ ((Colour2) => {
  Colour2[Colour2["Red"] = 0] = "Red";
  Colour2["Green"] = "green";
  return Colour2;
})(Colour || {});
var Shapes;
((Shapes2) => {
  Shapes2.sides = { square: 4 };
})(Shapes || (Shapes = {}));
var Shape = class _Shape {
  constructor(colour, label) {
    this.colour = colour;
    this.label = label;
    _Shape.#made += 1;
    this.#id = _Shape.#made;
  }
  colour;
  label;
  static #made = 0;
  #id;
  get id() {
    return this.#id;
  }
  static {
    Object.freeze(Shapes.sides);
  }
};
var Square = class extends Shape {
  size = 1;
  constructor(size) {
    super("green" /* Green */, `square ${size}`);
    this.size = size;
  }
  area() {
    return this.size ** 2;
  }
  *corners() {
    for (let corner = 0; corner < Shapes.sides.square; corner++) yield corner;
  }
  describe() {
    return { id: this.id, colour: this.colour, name: Colour[0 /* Red */], label: this.label, area: this.area(), corners: [...this.corners()] };
  }
};
var Refused = class extends Error {
  name = "Refused";
};
function index_default({ size }) {
  try {
    if (size < 0) throw new Refused("too small");
    return new Square(size).describe();
  } catch (error) {
    return { refused: error instanceof Refused && error instanceof Error, text: String(error) };
  }
}
export {
  index_default as default
};
