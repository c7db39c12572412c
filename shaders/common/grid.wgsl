// Workgroups are numbered linearly and folded into two axes. The last GRID_X·GRID_Y − GROUPS of them have nothing to do.
fn linear_group(id: vec3<u32>) -> u32 {
    return id.y * GRID_X + id.x;
}
