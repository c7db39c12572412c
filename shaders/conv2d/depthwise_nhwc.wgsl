// Neighbouring invocations take neighbouring channels of one tile, four each.
fn locate(index: u32, lane: u32) -> Place {
    let job = index * WORKGROUP_X + lane;
    let quad = job % PLANES;
    let tile = job / PLANES;
    let image = tile / (TILES_P * TILES_Q);
    let p = tile / TILES_Q % TILES_P * TILE_P;
    let q = tile % TILES_Q * TILE_Q;
    return Place(
        index < GROUPS && image < IMAGES,
        quad,
        image * (IN_H * IN_W * PLANES) + quad,
        p * STRIDE_Y - PAD_TOP,
        q * STRIDE_X - PAD_LEFT,
        quad,
        p,
        q,
        (image * PIXELS + p * OUT_W + q) * PLANES + quad,
    );
}
