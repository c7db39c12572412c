// Half spectra of the workgroup's tiles, between the transform of rows and that of columns.
var<workgroup> spectrum: array<vec2<f32>, SLOTS * SIDE * HALF>;
