<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>oikos</name>
    <message numerus="yes">
        <source>%n d</source>
        <translation><numerusform>%n 天</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation><numerusform>%n 天前</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices</source>
        <translation><numerusform>%n 个设备</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n more: search for them</source>
        <translation><numerusform>另有 %n 个：请搜索</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices are in rooms that the file no longer has. Say where they go.</source>
        <translation><numerusform>有 %n 个设备所在的房间在文件中已不存在。请指定它们的去向。</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n devices say in which room they are.</source>
        <translation><numerusform>有 %n 个设备说明了所在的房间。</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation><numerusform>%n 个失败</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n h ago</source>
        <translation><numerusform>%n 小时前</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n min ago</source>
        <translation><numerusform>%n 分钟前</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n of {all} commands were not confirmed</source>
        <translation><numerusform>{all} 条指令中有 %n 条未得到确认</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n offline</source>
        <translation><numerusform>%n 个离线</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n planned devices come beside what is there.</source>
        <translation><numerusform>在现有内容之外增加 %n 个规划设备。</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n s ago</source>
        <translation><numerusform>%n 秒前</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation><numerusform>已选 %n 项</numerusform></translation>
    </message>
    <message>
        <source>Add {0} devices</source>
        <comment>told</comment>
        <translation>添加 {0} 个设备</translation>
    </message>
    <message>
        <source>As it was: {moment}</source>
        <translation>当时状态：{moment}</translation>
    </message>
    <message>
        <source>Commands</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>Days for which every single sample is kept; quarter-hours are kept for ever.</source>
        <translation>保留全部采样的天数；每刻钟的汇总永久保留。</translation>
    </message>
    <message>
        <source>Device table</source>
        <translation>设备表</translation>
    </message>
    <message>
        <source>Even light</source>
        <translation>均匀光照</translation>
    </message>
    <message>
        <source>Garage door or gate</source>
        <translation>车库门或大门</translation>
    </message>
    <message>
        <source>It can let somebody in, or water or gas out.</source>
        <translation>这可能让人进入，或使水或燃气流出。</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Language of the window.</source>
        <translation>窗口语言。</translation>
    </message>
    <message>
        <source>Last heard</source>
        <translation>最近报告</translation>
    </message>
    <message>
        <source>Light or dark window.</source>
        <translation>窗口使用浅色或深色主题。</translation>
    </message>
    <message>
        <source>Lights off</source>
        <translation>关灯</translation>
    </message>
    <message>
        <source>Lights on</source>
        <translation>开灯</translation>
    </message>
    <message>
        <source>Lists them</source>
        <translation>列出这些设备</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name, room, kind, offline, silent, low battery</source>
        <translation>名称、房间、类型、离线、无声、电量低</translation>
    </message>
    <message>
        <source>Not heard yet</source>
        <translation>尚未收到消息</translation>
    </message>
    <message>
        <source>Nothing was commanded in this window yet.</source>
        <translation>此窗口还没有发出任何指令。</translation>
    </message>
    <message>
        <source>Off: {kind}</source>
        <translation>关闭：{kind}</translation>
    </message>
    <message>
        <source>Open recent</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>Open {name}?</source>
        <translation>打开{name}？</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>恢复原值</translation>
    </message>
    <message>
        <source>Put {0} [device into a room|devices into rooms]</source>
        <comment>told</comment>
        <translation>将 {0} 个设备放入房间</translation>
    </message>
    <message>
        <source>Put {0} into {1}</source>
        <comment>told</comment>
        <translation>将 {0} 放入 {1}</translation>
    </message>
    <message>
        <source>Rename project</source>
        <comment>told</comment>
        <translation>重命名项目</translation>
    </message>
    <message>
        <source>Rename {0} to {1}</source>
        <comment>told</comment>
        <translation>将 {0} 重命名为 {1}</translation>
    </message>
    <message>
        <source>Save table</source>
        <translation>保存表格</translation>
    </message>
    <message>
        <source>Save table…</source>
        <translation>保存表格…</translation>
    </message>
    <message>
        <source>Seconds that a device has to confirm a command.</source>
        <translation>设备确认指令的时限（秒）。</translation>
    </message>
    <message>
        <source>See the reasons under View, Commands; check those devices and try again</source>
        <translation>原因见“视图 → 指令”；请检查这些设备后重试</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>设置…</translation>
    </message>
    <message numerus="yes">
        <source>System · %n devices</source>
        <translation><numerusform>系统 · %n 个设备</numerusform></translation>
    </message>
    <message>
        <source>Take {0} devices out</source>
        <comment>told</comment>
        <translation>将 {0} 个设备移出房间</translation>
    </message>
    <message>
        <source>Take {0} out</source>
        <comment>told</comment>
        <translation>将 {0} 移出房间</translation>
    </message>
    <message>
        <source>The device is offline</source>
        <translation>设备离线</translation>
    </message>
    <message>
        <source>This is the past: press Esc to come back to now</source>
        <translation>这是过去的时刻：按 Esc 返回现在</translation>
    </message>
    <message>
        <source>Threads that read history for charts at the same time.</source>
        <translation>为图表同时读取历史的线程数。</translation>
    </message>
    <message>
        <source>Unit in which temperatures are shown.</source>
        <translation>温度显示单位。</translation>
    </message>
    <message>
        <source>Unlock {name}?</source>
        <translation>解锁{name}？</translation>
    </message>
    <message>
        <source>Version {version}</source>
        <translation>版本 {version}</translation>
    </message>
    <message>
        <source>Waiting for devices to confirm</source>
        <translation>正在等待设备确认</translation>
    </message>
    <message>
        <source>Whether adapters may ask servers on the internet.</source>
        <translation>是否允许适配器访问互联网服务器。</translation>
    </message>
    <message>
        <source>Whether colours run from sensor to sensor instead of filling rooms.</source>
        <translation>颜色是否在传感器之间平滑过渡，而不是填满房间。</translation>
    </message>
    <message numerus="yes">
        <source>Zone · %n rooms</source>
        <translation><numerusform>区域 · %n 个房间</numerusform></translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 小时</translation>
    </message>
    <message>
        <source>1 y</source>
        <translation>1 年</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 小时</translation>
    </message>
    <message>
        <source>24 h ago</source>
        <translation>24 小时前</translation>
    </message>
    <message>
        <source>30 d</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>3D view of the building</source>
        <translation>建筑的三维视图</translation>
    </message>
    <message>
        <source>7 d</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>A building file is imported, not drawn over</source>
        <comment>told</comment>
        <translation>建筑文件应导入，而不是描绘</translation>
    </message>
    <message>
        <source>A building has {0} storeys at most</source>
        <comment>told</comment>
        <translation>建筑最多 {0} 层</translation>
    </message>
    <message>
        <source>A device in such a spot is asked about; mend the rooms in the program that drew them</source>
        <comment>told</comment>
        <translation>处于重叠处的设备会询问归属；请在绘制程序中修正房间</translation>
    </message>
    <message>
        <source>A name needs at least one letter</source>
        <comment>told</comment>
        <translation>名称至少需要一个字符</translation>
    </message>
    <message>
        <source>A name needs letters</source>
        <comment>told</comment>
        <translation>名称不能为空</translation>
    </message>
    <message>
        <source>A picture of a plan is traced, not imported</source>
        <comment>told</comment>
        <translation>平面图的图片用来描画，不能导入</translation>
    </message>
    <message>
        <source>A protocol could not be loaded</source>
        <comment>told</comment>
        <translation>有协议无法加载</translation>
    </message>
    <message>
        <source>A report of {0} was left out: {1} {2}</source>
        <comment>told</comment>
        <translation>忽略了 {0} 的一条报告：{1} {2}</translation>
    </message>
    <message>
        <source>A storey holds {0} walls at most</source>
        <comment>told</comment>
        <translation>一层最多 {0} 面墙</translation>
    </message>
    <message>
        <source>A wall ends where the door would be</source>
        <comment>told</comment>
        <translation>门的位置有墙相接</translation>
    </message>
    <message>
        <source>A wall ends where the passage would be</source>
        <comment>told</comment>
        <translation>洞口的位置有墙相接</translation>
    </message>
    <message>
        <source>A wall ends where the window would be</source>
        <comment>told</comment>
        <translation>窗的位置有墙相接</translation>
    </message>
    <message>
        <source>A wall would have no length</source>
        <comment>told</comment>
        <translation>有一面墙会没有长度</translation>
    </message>
    <message>
        <source>About Oikos</source>
        <translation>关于 Oikos</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>运行状态</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Add a storey with the walls of the one below</source>
        <translation>复制下层墙体新建一层</translation>
    </message>
    <message>
        <source>Add a value</source>
        <translation>添加数值</translation>
    </message>
    <message>
        <source>Add an empty storey on top</source>
        <translation>在顶部添加空楼层</translation>
    </message>
    <message>
        <source>Add another one first</source>
        <comment>told</comment>
        <translation>请先添加一层</translation>
    </message>
    <message>
        <source>Add device…</source>
        <translation>添加设备…</translation>
    </message>
    <message>
        <source>Add {0}</source>
        <comment>told</comment>
        <translation>添加 {0}</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Address of a gateway or broker</source>
        <translation>网关或代理服务器的地址</translation>
    </message>
    <message>
        <source>Air conditioner</source>
        <translation>空调</translation>
    </message>
    <message>
        <source>Air pressure</source>
        <translation>气压</translation>
    </message>
    <message>
        <source>Air quality index</source>
        <translation>空气质量指数</translation>
    </message>
    <message>
        <source>Air quality sensor</source>
        <translation>空气质量传感器</translation>
    </message>
    <message>
        <source>Air terminal</source>
        <translation>风口</translation>
    </message>
    <message>
        <source>Air volume</source>
        <translation>容积</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Apparent power</source>
        <translation>视在功率</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>面积</translation>
    </message>
    <message>
        <source>Areas that no room is called like were left out: {0}</source>
        <comment>told</comment>
        <translation>没有同名房间的区域已忽略：{0}</translation>
    </message>
    <message>
        <source>Areas without a floor in Home Assistant were put on {0}: {1}</source>
        <comment>told</comment>
        <translation>Home Assistant 中没有楼层的区域已放到 {0}：{1} 个</translation>
    </message>
    <message>
        <source>Battery</source>
        <translation>电池</translation>
    </message>
    <message>
        <source>Battery low</source>
        <translation>电池电量低</translation>
    </message>
    <message>
        <source>Battery storage</source>
        <translation>储能电池</translation>
    </message>
    <message>
        <source>Bind {0} to {1}</source>
        <comment>told</comment>
        <translation>将 {0} 放入 {1}</translation>
    </message>
    <message>
        <source>Bind {0}</source>
        <comment>told</comment>
        <translation>放置 {0}</translation>
    </message>
    <message>
        <source>Blind or shade</source>
        <translation>窗帘</translation>
    </message>
    <message>
        <source>Blink</source>
        <translation>闪烁</translation>
    </message>
    <message>
        <source>Boiler</source>
        <translation>锅炉</translation>
    </message>
    <message>
        <source>Bridge</source>
        <translation>网桥</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>亮度</translation>
    </message>
    <message>
        <source>Bring your building to life.</source>
        <translation>让您的建筑活起来。</translation>
    </message>
    <message>
        <source>Building</source>
        <translation>建筑</translation>
    </message>
    <message>
        <source>Building shapes</source>
        <comment>told</comment>
        <translation>正在生成形体</translation>
    </message>
    <message>
        <source>Building walls</source>
        <comment>told</comment>
        <translation>正在生成墙体</translation>
    </message>
    <message>
        <source>Buildings</source>
        <translation>建筑文件</translation>
    </message>
    <message>
        <source>Button</source>
        <translation>按钮</translation>
    </message>
    <message>
        <source>CO₂</source>
        <translation>二氧化碳</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Car charger</source>
        <translation>充电桩</translation>
    </message>
    <message>
        <source>Carbon monoxide</source>
        <translation>一氧化碳</translation>
    </message>
    <message>
        <source>Carbon monoxide alarm</source>
        <translation>一氧化碳报警</translation>
    </message>
    <message>
        <source>Change it in the program that made it and import it again, or draw the building anew</source>
        <translation>请在原来的程序中修改后重新导入，或重新绘制建筑</translation>
    </message>
    <message>
        <source>Check that a network is connected and that the firewall lets UDP port 5353 through; devices can still be added by address</source>
        <comment>told</comment>
        <translation>请检查网络已连接且防火墙放行 UDP 端口 5353；仍可按地址添加设备</translation>
    </message>
    <message>
        <source>Check that it is switched on and in this network, then try again</source>
        <comment>told</comment>
        <translation>请检查它已开启且在此网络中，然后重试</translation>
    </message>
    <message>
        <source>Check that the device is on and reachable, then try again</source>
        <comment>told</comment>
        <translation>请检查设备已开启且可访问，然后重试</translation>
    </message>
    <message>
        <source>Check that the disk is connected and the file may be read</source>
        <comment>told</comment>
        <translation>请检查磁盘已连接且文件可读</translation>
    </message>
    <message>
        <source>Check the device; its other values are kept</source>
        <comment>told</comment>
        <translation>请检查设备；其他数值已保留</translation>
    </message>
    <message>
        <source>Check the name</source>
        <translation>请检查名称</translation>
    </message>
    <message>
        <source>Check the path</source>
        <comment>told</comment>
        <translation>请检查路径</translation>
    </message>
    <message>
        <source>Check the spelling, or remove the line</source>
        <comment>told</comment>
        <translation>请检查拼写，或删除该行</translation>
    </message>
    <message>
        <source>Choose Draw a building…, lay the picture behind the plan and draw over it</source>
        <comment>told</comment>
        <translation>请选择“绘制建筑…”，把图片放在平面图下面描画</translation>
    </message>
    <message>
        <source>Choose a PNG, a JPEG, a PDF or a DXF</source>
        <translation>请选择 PNG、JPEG、PDF 或 DXF</translation>
    </message>
    <message>
        <source>Choose a file that Oikos made</source>
        <comment>told</comment>
        <translation>请选择由 Oikos 创建的文件</translation>
    </message>
    <message>
        <source>Choose a folder that exists and that you may write to</source>
        <comment>told</comment>
        <translation>请选择存在且有写入权限的文件夹</translation>
    </message>
    <message>
        <source>Choose a folder that you may write to</source>
        <translation>请选择有写入权限的文件夹</translation>
    </message>
    <message>
        <source>Choose another name, or open the file that is there</source>
        <comment>told</comment>
        <translation>请换一个名称，或打开已有的文件</translation>
    </message>
    <message>
        <source>Choose another one</source>
        <comment>told</comment>
        <translation>请另选一个</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>分类</translation>
    </message>
    <message>
        <source>Click a room or a device to see and command it.</source>
        <translation>点击房间或设备即可查看和控制。</translation>
    </message>
    <message>
        <source>Click a room to name it.</source>
        <translation>点击房间命名。</translation>
    </message>
    <message>
        <source>Click a second point farther away</source>
        <comment>told</comment>
        <translation>第二点请点远一些</translation>
    </message>
    <message>
        <source>Click a wall to open it, without a door.</source>
        <translation>点击墙体开一个无门的洞口。</translation>
    </message>
    <message>
        <source>Click a wall to put a door in.</source>
        <translation>点击墙体放置门。</translation>
    </message>
    <message>
        <source>Click a wall to put a window in.</source>
        <translation>点击墙体放置窗。</translation>
    </message>
    <message>
        <source>Click a wall to put the door into it</source>
        <comment>told</comment>
        <translation>点击墙体放置门</translation>
    </message>
    <message>
        <source>Click a wall to put the passage into it</source>
        <comment>told</comment>
        <translation>点击墙体开洞</translation>
    </message>
    <message>
        <source>Click a wall to put the window into it</source>
        <comment>told</comment>
        <translation>点击墙体放置窗</translation>
    </message>
    <message>
        <source>Click corner after corner, or type a length. Esc or a double click ends.</source>
        <translation>逐个点击墙角，或直接输入长度。按 Esc 或双击结束。</translation>
    </message>
    <message>
        <source>Click it</source>
        <translation>点击它</translation>
    </message>
    <message>
        <source>Click to select, drag to move, double-click a room to name it.</source>
        <translation>点击选择，拖动移动，双击房间可命名。</translation>
    </message>
    <message>
        <source>Click two points apart, and give their true distance</source>
        <comment>told</comment>
        <translation>请点击相隔的两点，并输入实际距离</translation>
    </message>
    <message>
        <source>Click two points of the picture, then type how far apart they are.</source>
        <translation>在底图上点击两点，然后输入它们的实际距离。</translation>
    </message>
    <message>
        <source>Click two points, then type how far apart they are</source>
        <translation>点击两点，然后输入它们的实际距离</translation>
    </message>
    <message>
        <source>Click two points.</source>
        <translation>点击两点。</translation>
    </message>
    <message>
        <source>Click where the first wall begins</source>
        <translation>点击第一面墙的起点</translation>
    </message>
    <message>
        <source>Climate sensor</source>
        <translation>温湿度传感器</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close it there, or wait and try again; reading (info, get, history) works meanwhile</source>
        <comment>told</comment>
        <translation>请在那里关闭，或稍后重试；期间仍可读取（info、get、history）</translation>
    </message>
    <message>
        <source>different</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从未</translation>
    </message>
    <message>
        <source>silent</source>
        <translation>无声</translation>
    </message>
    <message>
        <source>{0} is open in another Oikos: {1}, process {2}, since {3}</source>
        <comment>told</comment>
        <translation>{0} 已在另一个 Oikos 中打开：{1}，进程 {2}，自 {3} 起</translation>
    </message>
    <message>
        <source>Opening {0}</source>
        <comment>told</comment>
        <translation>正在打开 {0}</translation>
    </message>
    <message>
        <source>Making {0}</source>
        <comment>told</comment>
        <translation>正在新建 {0}</translation>
    </message>
    <message>
        <source>Drawing the building</source>
        <comment>told</comment>
        <translation>正在绘制建筑</translation>
    </message>
    <message>
        <source>Preparing the demo home</source>
        <comment>told</comment>
        <translation>正在准备演示住宅</translation>
    </message>
    <message>
        <source>Preparing the demo office</source>
        <comment>told</comment>
        <translation>正在准备演示办公室</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Waking the devices</source>
        <comment>told</comment>
        <translation>正在唤醒设备</translation>
    </message>
    <message>
        <source>Remembering three months</source>
        <comment>told</comment>
        <translation>正在回忆三个月的记录</translation>
    </message>
    <message>
        <source>Furnishing the rooms</source>
        <comment>told</comment>
        <translation>正在布置房间</translation>
    </message>
    <message>
        <source>Close it there first; reading (info, get, history) works meanwhile</source>
        <comment>told</comment>
        <translation>请先在那里关闭；期间仍可读取</translation>
    </message>
    <message>
        <source>Close the other program and try again</source>
        <comment>told</comment>
        <translation>请关闭另一个程序后重试</translation>
    </message>
    <message>
        <source>Close the walls around them, or move one name per room</source>
        <comment>told</comment>
        <translation>请围合周围的墙，或每个房间只留一个名称</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Colour by</source>
        <translation>着色依据</translation>
    </message>
    <message>
        <source>Colour temperature</source>
        <translation>色温</translation>
    </message>
    <message>
        <source>Comes beside the others</source>
        <translation>与其他文件并存</translation>
    </message>
    <message>
        <source>Contact</source>
        <translation>门窗状态</translation>
    </message>
    <message>
        <source>Controller</source>
        <translation>控制器</translation>
    </message>
    <message>
        <source>Cool to</source>
        <translation>制冷目标</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>全部复制</translation>
    </message>
    <message>
        <source>Copy core.area_registry out of the folder .storage</source>
        <comment>told</comment>
        <translation>请从 .storage 文件夹复制 core.area_registry</translation>
    </message>
    <message>
        <source>Copy core.area_registry out of the folder .storage of Home Assistant too</source>
        <comment>told</comment>
        <translation>请同时从 Home Assistant 的 .storage 文件夹复制 core.area_registry</translation>
    </message>
    <message>
        <source>Copy it again out of the folder .storage</source>
        <comment>told</comment>
        <translation>请从 .storage 文件夹重新复制</translation>
    </message>
    <message>
        <source>Current</source>
        <translation>电流</translation>
    </message>
    <message>
        <source>Cut higher</source>
        <translation>剖切上移</translation>
    </message>
    <message>
        <source>Cut lower</source>
        <translation>剖切下移</translation>
    </message>
    <message>
        <source>DEVICES</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>DWG drawings are not supported</source>
        <comment>told</comment>
        <translation>不支持 DWG 图纸</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>白天</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete this storey</source>
        <translation>删除此楼层</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Devices found</source>
        <translation>发现的设备</translation>
    </message>
    <message>
        <source>Devices must be on the same network, powered and near enough.</source>
        <translation>设备须处于同一网络、已通电且距离足够近。</translation>
    </message>
    <message>
        <source>Devices of this protocol stay away; reinstall Oikos or mend the file</source>
        <comment>told</comment>
        <translation>该协议的设备将不可用；请重新安装 Oikos 或修复文件</translation>
    </message>
    <message>
        <source>Devices without an area in Home Assistant were left out: {0}</source>
        <comment>told</comment>
        <translation>忽略了 Home Assistant 中没有区域的设备：{0} 个</translation>
    </message>
    <message>
        <source>Distribution board</source>
        <translation>配电箱</translation>
    </message>
    <message>
        <source>Do anything…</source>
        <translation>执行任意操作…</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Done again: {label}</source>
        <translation>已重做：{label}</translation>
    </message>
    <message>
        <source>Door</source>
        <translation>门</translation>
    </message>
    <message>
        <source>Door here</source>
        <translation>在此放门</translation>
    </message>
    <message>
        <source>Door or window sensor</source>
        <translation>门窗传感器</translation>
    </message>
    <message>
        <source>Doors join the rooms that lie beside them; what the file says stands in the details of a room</source>
        <comment>told</comment>
        <translation>门连接其旁边的房间；文件中的说法列在房间详情中</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>双击</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>拖动</translation>
    </message>
    <message>
        <source>Drag a device here, or choose a value with “Add a value”.</source>
        <translation>将设备拖到此处，或用“添加数值”选择。</translation>
    </message>
    <message>
        <source>Drag from corner to corner: four walls at once.</source>
        <translation>从一角拖到对角：一次画四面墙。</translation>
    </message>
    <message>
        <source>Drag it wider</source>
        <comment>told</comment>
        <translation>请拖得大一些</translation>
    </message>
    <message>
        <source>Drag the picture to where it belongs.</source>
        <translation>把底图拖到正确的位置。</translation>
    </message>
    <message>
        <source>Drag the squares · Double click puts one back</source>
        <translation>拖动方块 · 双击复位</translation>
    </message>
    <message>
        <source>Draw a building…</source>
        <translation>绘制建筑…</translation>
    </message>
    <message>
        <source>Draw it on two storeys</source>
        <comment>told</comment>
        <translation>请分到两层绘制</translation>
    </message>
    <message>
        <source>Draw it or import a model</source>
        <comment>told</comment>
        <translation>请自行绘制，或导入模型</translation>
    </message>
    <message>
        <source>Draw some walls first</source>
        <translation>请先画几面墙</translation>
    </message>
    <message>
        <source>Draw the building</source>
        <comment>told</comment>
        <translation>绘制建筑</translation>
    </message>
    <message>
        <source>Draw the new wall beside it</source>
        <comment>told</comment>
        <translation>请把新墙画在旁边</translation>
    </message>
    <message>
        <source>Draw the plan there, or bind its external references, and save it again</source>
        <comment>told</comment>
        <translation>请在模型空间中绘制平面图，或绑定外部参照后重新保存</translation>
    </message>
    <message>
        <source>Draw the room beside them</source>
        <comment>told</comment>
        <translation>请把房间画在旁边</translation>
    </message>
    <message>
        <source>Draw within {0} km of the origin</source>
        <comment>told</comment>
        <translation>请在原点 {0} km 之内绘制</translation>
    </message>
    <message>
        <source>Dust PM10</source>
        <translation>颗粒物 PM10</translation>
    </message>
    <message>
        <source>EACH</source>
        <translation>逐个</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Edit plan</source>
        <translation>编辑平面图</translation>
    </message>
    <message>
        <source>Effect</source>
        <translation>效果</translation>
    </message>
    <message>
        <source>Energy fed in</source>
        <translation>馈电量</translation>
    </message>
    <message>
        <source>Energy used</source>
        <translation>用电量</translation>
    </message>
    <message>
        <source>English</source>
        <translation>English</translation>
    </message>
    <message>
        <source>Every device stays in its room.</source>
        <translation>所有设备都留在原来的房间。</translation>
    </message>
    <message>
        <source>Everything off</source>
        <translation>全部关闭</translation>
    </message>
    <message>
        <source>Everything on</source>
        <translation>全部打开</translation>
    </message>
    <message>
        <source>Everything one can do</source>
        <translation>所有可用操作</translation>
    </message>
    <message>
        <source>Export it again, or as a picture</source>
        <comment>told</comment>
        <translation>请重新导出，或导出为图片</translation>
    </message>
    <message>
        <source>Export it again; if it opens elsewhere, send it to us</source>
        <comment>told</comment>
        <translation>请重新导出；若在别处能打开，请发给我们</translation>
    </message>
    <message>
        <source>Export it as a picture</source>
        <comment>told</comment>
        <translation>请导出为图片</translation>
    </message>
    <message>
        <source>Export the building as .ifc (STEP) and open that</source>
        <comment>told</comment>
        <translation>请将建筑导出为 .ifc（STEP）后再打开</translation>
    </message>
    <message>
        <source>Export the file again, with simpler shapes where the program offers that</source>
        <comment>told</comment>
        <translation>请重新导出文件，如有可能请使用更简单的形状</translation>
    </message>
    <message>
        <source>FACTS</source>
        <translation>基本信息</translation>
    </message>
    <message>
        <source>CAN BE ADDED</source>
        <translation>可以添加</translation>
    </message>
    <message>
        <source>RECOGNISED</source>
        <translation>已识别</translation>
    </message>
    <message>
        <source>Nothing found is called like that.</source>
        <translation>没有找到叫这个名字的设备。</translation>
    </message>
    <message>
        <source>Search what was found</source>
        <translation>搜索已发现的设备</translation>
    </message>
    <message>
        <source>Fan</source>
        <translation>风扇</translation>
    </message>
    <message>
        <source>Fan mode</source>
        <translation>风扇模式</translation>
    </message>
    <message>
        <source>Fan speed</source>
        <translation>风速</translation>
    </message>
    <message>
        <source>Fault</source>
        <translation>故障</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Finding rooms</source>
        <comment>told</comment>
        <translation>正在识别房间</translation>
    </message>
    <message>
        <source>Finding the device</source>
        <comment>told</comment>
        <translation>正在查找设备</translation>
    </message>
    <message>
        <source>Fine</source>
        <translation>好的</translation>
    </message>
    <message>
        <source>Fine dust PM2.5</source>
        <translation>细颗粒物 PM2.5</translation>
    </message>
    <message>
        <source>Firmware</source>
        <translation>固件</translation>
    </message>
    <message>
        <source>Floor {number}</source>
        <translation>第 {number} 层</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>流量</translation>
    </message>
    <message>
        <source>Flow sensor</source>
        <translation>流量传感器</translation>
    </message>
    <message>
        <source>Fly there</source>
        <translation>飞到那里</translation>
    </message>
    <message>
        <source>Follow the present</source>
        <translation>跟随当前时间</translation>
    </message>
    <message>
        <source>Forget its lost room</source>
        <translation>忘记丢失的房间</translation>
    </message>
    <message>
        <source>Frequency</source>
        <translation>频率</translation>
    </message>
    <message>
        <source>From above</source>
        <translation>俯视</translation>
    </message>
    <message>
        <source>Gas alarm</source>
        <translation>燃气报警</translation>
    </message>
    <message>
        <source>Gas used</source>
        <translation>用气量</translation>
    </message>
    <message>
        <source>Ghosts of other storeys</source>
        <translation>其他楼层半透明</translation>
    </message>
    <message>
        <source>Give 5 cm or more</source>
        <comment>told</comment>
        <translation>请输入至少 5 cm</translation>
    </message>
    <message>
        <source>Give them a floor there and import again</source>
        <comment>told</comment>
        <translation>请在那里指定楼层，然后重新导入</translation>
    </message>
    <message>
        <source>Give them an area there and import again, or connect them here</source>
        <comment>told</comment>
        <translation>请在那里指定区域后重新导入，或在此处连接它们</translation>
    </message>
    <message>
        <source>Give user and password in the dialog, or with --secret-from FILE</source>
        <comment>told</comment>
        <translation>请在对话框中输入用户名和密码，或使用 --secret-from FILE</translation>
    </message>
    <message>
        <source>Give yourself write permission on file and folder, or copy it to a place of your own</source>
        <comment>told</comment>
        <translation>请取得文件和文件夹的写入权限，或将其复制到您自己的位置</translation>
    </message>
    <message>
        <source>Give {0} cm to {1} cm</source>
        <comment>told</comment>
        <translation>请输入 {0} cm 到 {1} cm</translation>
    </message>
    <message>
        <source>Give {0} m to {1} m</source>
        <comment>told</comment>
        <translation>请输入 {0} m 到 {1} m</translation>
    </message>
    <message>
        <source>Go to a room or device, or do something</source>
        <translation>前往房间或设备，或执行操作</translation>
    </message>
    <message>
        <source>Ground floor</source>
        <translation>一层</translation>
    </message>
    <message>
        <source>Heat pump</source>
        <translation>热泵</translation>
    </message>
    <message>
        <source>Heat to</source>
        <translation>制热目标</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Height of the cut</source>
        <translation>剖切高度</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Higher</source>
        <translation>调高</translation>
    </message>
    <message>
        <source>Home Assistant has no areas</source>
        <comment>told</comment>
        <translation>Home Assistant 中没有区域</translation>
    </message>
    <message>
        <source>Home Assistant knows no shapes: the plan is a scheme</source>
        <comment>told</comment>
        <translation>Home Assistant 不知道房间形状：此平面图只是示意</translation>
    </message>
    <message>
        <source>How far back the strip reaches</source>
        <translation>时间轴回溯的范围</translation>
    </message>
    <message>
        <source>Hue</source>
        <translation>色相</translation>
    </message>
    <message>
        <source>Humidity</source>
        <translation>湿度</translation>
    </message>
    <message>
        <source>Humidity sensor</source>
        <translation>湿度传感器</translation>
    </message>
    <message>
        <source>Humidity target</source>
        <translation>目标湿度</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>标识</translation>
    </message>
    <message>
        <source>Identify</source>
        <translation>识别</translation>
    </message>
    <message>
        <source>Import building</source>
        <translation>导入建筑</translation>
    </message>
    <message>
        <source>Import building…</source>
        <translation>导入建筑…</translation>
    </message>
    <message>
        <source>Import it again: you see what changes before anything does</source>
        <comment>told</comment>
        <translation>请重新导入：应用之前会先显示变更</translation>
    </message>
    <message>
        <source>Import it without --add to read it again</source>
        <comment>told</comment>
        <translation>如需重新读取，请直接导入</translation>
    </message>
    <message>
        <source>Import {0}</source>
        <comment>told</comment>
        <translation>导入 {0}</translation>
    </message>
    <message>
        <source>In which room?</source>
        <translation>在哪个房间？</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>安装</translation>
    </message>
    <message>
        <source>Install Oikos with its Matter part: `pip install "oikos-twin[matter]"`</source>
        <comment>told</comment>
        <translation>请安装带 Matter 的 Oikos：`pip install "oikos-twin[matter]"`</translation>
    </message>
    <message>
        <source>Install the newest Oikos; nothing was changed</source>
        <comment>told</comment>
        <translation>请安装最新版 Oikos；未作任何更改</translation>
    </message>
    <message>
        <source>It leaves the project and its own network. Its history stays.</source>
        <translation>它将离开项目及其网络，历史记录会保留。</translation>
    </message>
    <message>
        <source>It takes {0}; the default is used meanwhile</source>
        <comment>told</comment>
        <translation>可取值：{0}；期间使用默认值</translation>
    </message>
    <message>
        <source>Its devices stay offline; install the program with this protocol, or remove the link</source>
        <comment>told</comment>
        <translation>其设备将保持离线；请安装支持该协议的版本，或移除此连接</translation>
    </message>
    <message>
        <source>Its room {room} is lost: drag it onto another</source>
        <translation>它所在的房间“{room}”已丢失：请拖到其他房间</translation>
    </message>
    <message>
        <source>Its system says that it is in {room}</source>
        <translation>其系统称它位于 {room}</translation>
    </message>
    <message>
        <source>JUST ADDED</source>
        <translation>刚刚添加</translation>
    </message>
    <message>
        <source>Join</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Join walls that point at each other</source>
        <comment>told</comment>
        <translation>请连接方向会相交的墙</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Keep a view and come back to it with the keys 1 to 9.</source>
        <translation>保存一个视图，之后用数字键 1 到 9 返回。</translation>
    </message>
    <message>
        <source>Keep as orphans</source>
        <translation>保留为无主设备</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Lamp</source>
        <translation>台灯</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Last 24 hours of {point}</source>
        <translation>{point}的最近 24 小时</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>稍后</translation>
    </message>
    <message>
        <source>Layers…</source>
        <translation>图层…</translation>
    </message>
    <message>
        <source>Leak sensor</source>
        <translation>漏水传感器</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>Leave without keeping the changes?</source>
        <translation>不保留修改就离开吗？</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>Lengthens both walls to the corner where they meet</source>
        <translation>把两面墙延长到相交的墙角</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>光照</translation>
    </message>
    <message>
        <source>Light sensor</source>
        <translation>光照传感器</translation>
    </message>
    <message>
        <source>Light</source>
        <comment>kind</comment>
        <translation>灯</translation>
    </message>
    <message>
        <source>Link quality</source>
        <translation>链路质量</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>门锁</translation>
    </message>
    <message>
        <source>Lock it</source>
        <translation>上锁</translation>
    </message>
    <message>
        <source>Look for a faulty or hostile device on this network</source>
        <comment>told</comment>
        <translation>请检查该网络中是否有故障或恶意设备</translation>
    </message>
    <message>
        <source>Looking for devices on the network does not work</source>
        <comment>told</comment>
        <translation>无法在网络中查找设备</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>丢失</translation>
    </message>
    <message>
        <source>Lower</source>
        <translation>调低</translation>
    </message>
    <message>
        <source>Make areas in Home Assistant under Settings, Areas, or draw the building here</source>
        <comment>told</comment>
        <translation>请在 Home Assistant 的设置中建立区域，或在此处绘制建筑</translation>
    </message>
    <message>
        <source>Make it lower, or the wall higher</source>
        <comment>told</comment>
        <translation>请降低它，或加高墙体</translation>
    </message>
    <message>
        <source>Make it narrower, or choose a longer wall</source>
        <comment>told</comment>
        <translation>请改窄，或选更长的墙</translation>
    </message>
    <message>
        <source>Make it narrower, or delete it first</source>
        <comment>told</comment>
        <translation>请改窄，或先删除</translation>
    </message>
    <message>
        <source>Make room on the disk and see that the folder may be written</source>
        <comment>told</comment>
        <translation>请腾出磁盘空间并确认文件夹可写</translation>
    </message>
    <message>
        <source>Make room or choose another folder; the backup is untouched</source>
        <comment>told</comment>
        <translation>请腾出空间或选择其他文件夹；备份未受影响</translation>
    </message>
    <message>
        <source>Make room; the last change was not kept, everything before it is</source>
        <comment>told</comment>
        <translation>请腾出空间；最后一次更改未保存，之前的都已保存</translation>
    </message>
    <message>
        <source>Make the folder writable, or set OIKOS_HOME to one that is</source>
        <comment>told</comment>
        <translation>请使文件夹可写，或将 OIKOS_HOME 设为可写的文件夹</translation>
    </message>
    <message>
        <source>Maker</source>
        <translation>厂商</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>匹配项</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Mend or delete the file; the defaults are used meanwhile</source>
        <comment>told</comment>
        <translation>请修复或删除该文件；期间使用默认值</translation>
    </message>
    <message>
        <source>Menus</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Meter</source>
        <translation>电表</translation>
    </message>
    <message>
        <source>Mode</source>
        <translation>模式</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>型号</translation>
    </message>
    <message>
        <source>Moisture</source>
        <translation>水分</translation>
    </message>
    <message>
        <source>Moment shown</source>
        <translation>显示的时刻</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>活动</translation>
    </message>
    <message>
        <source>Motion sensor</source>
        <translation>人体传感器</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>移动</translation>
    </message>
    <message>
        <source>Move it beside that wall</source>
        <comment>told</comment>
        <translation>请移到那面墙旁边</translation>
    </message>
    <message>
        <source>Move it, or choose another spot</source>
        <comment>told</comment>
        <translation>请移开它，或换个位置</translation>
    </message>
    <message>
        <source>Move the door first</source>
        <comment>told</comment>
        <translation>请先移开门</translation>
    </message>
    <message>
        <source>Move the passage first</source>
        <comment>told</comment>
        <translation>请先移开洞口</translation>
    </message>
    <message>
        <source>Move the picture</source>
        <translation>移动底图</translation>
    </message>
    <message>
        <source>Move the point less, or delete the wall</source>
        <comment>told</comment>
        <translation>请少移一些，或删除这面墙</translation>
    </message>
    <message>
        <source>Move the window first</source>
        <comment>told</comment>
        <translation>请先移开窗</translation>
    </message>
    <message>
        <source>Move to {room}</source>
        <translation>移到 {room}</translation>
    </message>
    <message>
        <source>Moved</source>
        <translation>已移动</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>静音</translation>
    </message>
    <message>
        <source>Name a PEM file that you may read: mqtts://host?ca=/path/ca.crt</source>
        <comment>told</comment>
        <translation>请指定可读的 PEM 文件：mqtts://host？ca=/path/ca.crt</translation>
    </message>
    <message>
        <source>Name of the room</source>
        <translation>房间名称</translation>
    </message>
    <message>
        <source>Name of the storey</source>
        <translation>楼层名称</translation>
    </message>
    <message>
        <source>Name of this view</source>
        <translation>此视图的名称</translation>
    </message>
    <message>
        <source>Name the rooms like the areas, then import it again</source>
        <comment>told</comment>
        <translation>请将房间命名为与区域相同的名称，然后重新导入</translation>
    </message>
    <message>
        <source>Name the room…</source>
        <translation>命名房间…</translation>
    </message>
    <message>
        <source>Names without a room of their own: {0}</source>
        <comment>told</comment>
        <translation>没有对应房间的名称：{0}</translation>
    </message>
    <message>
        <source>Nearer, farther</source>
        <translation>拉近、拉远</translation>
    </message>
    <message>
        <source>Needs a login</source>
        <translation>需要登录</translation>
    </message>
    <message>
        <source>Needs its PIN</source>
        <translation>需要 PIN 码</translation>
    </message>
    <message>
        <source>Needs its key</source>
        <translation>需要密钥</translation>
    </message>
    <message>
        <source>Needs its pairing code</source>
        <translation>需要配对码</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新增</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>New…</source>
        <translation>新建…</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一个</translation>
    </message>
    <message>
        <source>Night</source>
        <translation>夜晚</translation>
    </message>
    <message>
        <source>No device here yet. Drag one onto the room, or press Ctrl+D.</source>
        <translation>这里还没有设备。将设备拖到房间上，或按 Ctrl+D。</translation>
    </message>
    <message>
        <source>No devices yet: Ctrl+D finds them.</source>
        <translation>还没有设备,按 Ctrl+D 查找。</translation>
    </message>
    <message>
        <source>No plan? Draw your home yourself</source>
        <translation>没有平面图？自己画一个家</translation>
    </message>
    <message>
        <source>No problems.</source>
        <translation>没有问题。</translation>
    </message>
    <message>
        <source>No project is open</source>
        <comment>told</comment>
        <translation>没有打开的项目</translation>
    </message>
    <message>
        <source>No protocol here takes devices in by a code</source>
        <comment>told</comment>
        <translation>没有协议支持用配对码添加设备</translation>
    </message>
    <message>
        <source>No protocol of Oikos knows this address</source>
        <comment>told</comment>
        <translation>Oikos 没有协议能识别此地址</translation>
    </message>
    <message>
        <source>No room holds it</source>
        <translation>不在任何房间内</translation>
    </message>
    <message>
        <source>No wall is that thick</source>
        <comment>told</comment>
        <translation>没有这么厚的墙</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>噪声</translation>
    </message>
    <message>
        <source>North up</source>
        <translation>北方朝上</translation>
    </message>
    <message>
        <source>Sent. The device does not report this, so nothing can confirm it</source>
        <translation>已发送。设备不报告此值，因此无法确认</translation>
    </message>
    <message>
        <source>by {sender}</source>
        <translation>由 {sender}</translation>
    </message>
    <message>
        <source>sent, cannot be confirmed</source>
        <translation>已发送，无法确认</translation>
    </message>
    <message>
        <source>Not done: {reason}</source>
        <translation>未完成：{reason}</translation>
    </message>
    <message>
        <source>Not in a room yet</source>
        <translation>尚未分配房间</translation>
    </message>
    <message>
        <source>Nothing has answered yet.</source>
        <translation>尚无设备响应。</translation>
    </message>
    <message>
        <source>Nothing recorded in the last 24 hours</source>
        <translation>最近 24 小时没有记录</translation>
    </message>
    <message>
        <source>Nothing to do again</source>
        <translation>没有可重做的操作</translation>
    </message>
    <message>
        <source>Nothing to draw yet.</source>
        <translation>还没有可绘制的数据。</translation>
    </message>
    <message>
        <source>Nothing to undo</source>
        <translation>没有可撤销的操作</translation>
    </message>
    <message>
        <source>Nothing was changed</source>
        <comment>told</comment>
        <translation>未作任何更改</translation>
    </message>
    <message>
        <source>Now set its scale: two points and their true distance.</source>
        <translation>现在设置比例：两点及其实际距离。</translation>
    </message>
    <message>
        <source>Occupancy</source>
        <translation>占用</translation>
    </message>
    <message>
        <source>Occupancy sensor</source>
        <translation>占用传感器</translation>
    </message>
    <message>
        <source>Occupied</source>
        <translation>有人</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Often numbers were written with a comma for the point; export it again from a program set to English</source>
        <comment>told</comment>
        <translation>常见原因是小数点写成了逗号；请用英文区域设置的程序重新导出</translation>
    </message>
    <message>
        <source>Oikos made a mistake</source>
        <comment>told</comment>
        <translation>Oikos 出错了</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>On the plan: {tool}</source>
        <translation>平面图：{tool}</translation>
    </message>
    <message>
        <source>One step of undo takes all of it back.</source>
        <translation>一步撤销即可全部还原。</translation>
    </message>
    <message>
        <source>Online</source>
        <translation>在线</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open a building…</source>
        <translation>打开建筑…</translation>
    </message>
    <message>
        <source>Open a plan (IFC or Sweet Home 3D); Oikos finds the devices and puts them in their rooms.</source>
        <translation>打开图纸（IFC 或 Sweet Home 3D），Oikos 会找到设备并放入各自的房间。</translation>
    </message>
    <message>
        <source>Open a project, or make a new one</source>
        <comment>told</comment>
        <translation>请打开项目或新建一个</translation>
    </message>
    <message>
        <source>Open in trends</source>
        <translation>在趋势中打开</translation>
    </message>
    <message>
        <source>Open it again</source>
        <comment>told</comment>
        <translation>请重新打开</translation>
    </message>
    <message>
        <source>Open it for editing</source>
        <comment>told</comment>
        <translation>请以可编辑方式打开</translation>
    </message>
    <message>
        <source>Open project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Open the project again</source>
        <comment>told</comment>
        <translation>请重新打开项目</translation>
    </message>
    <message>
        <source>Opening</source>
        <translation>洞口</translation>
    </message>
    <message>
        <source>Opening a secure session</source>
        <comment>told</comment>
        <translation>正在建立安全会话</translation>
    </message>
    <message>
        <source>Opening here</source>
        <translation>在此开洞</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Orphans</source>
        <translation>无主设备</translation>
    </message>
    <message>
        <source>Other hinge</source>
        <translation>换铰链侧</translation>
    </message>
    <message>
        <source>Other side</source>
        <translation>换开向</translation>
    </message>
    <message>
        <source>Outlet</source>
        <translation>插座</translation>
    </message>
    <message>
        <source>PICTURE TO TRACE</source>
        <translation>底图</translation>
    </message>
    <message>
        <source>PIN</source>
        <translation>PIN 码</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>页</translation>
    </message>
    <message>
        <source>Pair</source>
        <translation>配对</translation>
    </message>
    <message>
        <source>Pair with a code</source>
        <translation>用配对码配对</translation>
    </message>
    <message>
        <source>Pair with a code…</source>
        <translation>用配对码配对…</translation>
    </message>
    <message>
        <source>Paired.</source>
        <translation>配对完成。</translation>
    </message>
    <message>
        <source>Pairing</source>
        <translation>正在配对</translation>
    </message>
    <message>
        <source>Pairing code</source>
        <translation>配对码</translation>
    </message>
    <message>
        <source>Pairing did not work</source>
        <translation>配对未成功</translation>
    </message>
    <message>
        <source>Pair…</source>
        <translation>配对…</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Passwords are kept only until Oikos ends: this computer has no keyring</source>
        <comment>told</comment>
        <translation>密码只保留到 Oikos 退出：本机没有密钥环</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Picture, PDF or DXF…</source>
        <translation>图片、PDF 或 DXF…</translation>
    </message>
    <message>
        <source>Picture to trace</source>
        <translation>底图</translation>
    </message>
    <message>
        <source>Pictures, PDF and DXF</source>
        <translation>图片、PDF 和 DXF</translation>
    </message>
    <message>
        <source>Placing furniture</source>
        <comment>told</comment>
        <translation>正在摆放家具</translation>
    </message>
    <message>
        <source>Plain rooms</source>
        <translation>不着色</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>平面图</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Playback</source>
        <translation>播放状态</translation>
    </message>
    <message>
        <source>Plug</source>
        <translation>智能插头</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>开合度</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>功率</translation>
    </message>
    <message>
        <source>Power factor</source>
        <translation>功率因数</translation>
    </message>
    <message>
        <source>Power switch</source>
        <translation>开关</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>在家状态</translation>
    </message>
    <message>
        <source>Press its button, then add</source>
        <translation>按下设备按钮后添加</translation>
    </message>
    <message>
        <source>Pressure sensor</source>
        <translation>压力传感器</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>上一个</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Protocol</source>
        <translation>协议</translation>
    </message>
    <message>
        <source>Pull storeys apart</source>
        <translation>分离楼层</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Put here</source>
        <translation>放在这里</translation>
    </message>
    <message>
        <source>Put here, next device</source>
        <translation>放在这里，下一个设备</translation>
    </message>
    <message>
        <source>Put into {room}</source>
        <translation>放入 {room}</translation>
    </message>
    <message>
        <source>Put them there</source>
        <translation>放到那里</translation>
    </message>
    <message>
        <source>Put {0} devices in their places</source>
        <comment>told</comment>
        <translation>将 {0} 个设备放到各自的位置</translation>
    </message>
    <message>
        <source>Put {0} in its place</source>
        <comment>told</comment>
        <translation>将 {0} 放到其位置</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>RECENT</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>Radiator valve</source>
        <translation>散热器阀</translation>
    </message>
    <message>
        <source>Reactive power</source>
        <translation>无功功率</translation>
    </message>
    <message>
        <source>Reading the building</source>
        <comment>told</comment>
        <translation>正在读取建筑</translation>
    </message>
    <message>
        <source>Reading the code</source>
        <comment>told</comment>
        <translation>正在读取配对码</translation>
    </message>
    <message>
        <source>Reading the file</source>
        <comment>told</comment>
        <translation>正在读取文件</translation>
    </message>
    <message>
        <source>Reading the page…</source>
        <translation>正在读取页面…</translation>
    </message>
    <message>
        <source>Ready to add</source>
        <translation>可以添加</translation>
    </message>
    <message>
        <source>Recognised; not supported yet</source>
        <translation>已识别，暂不支持</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove device…</source>
        <translation>移除设备…</translation>
    </message>
    <message>
        <source>Remove entities that are long gone</source>
        <comment>told</comment>
        <translation>请删除早已不存在的实体</translation>
    </message>
    <message>
        <source>Remove one first</source>
        <comment>told</comment>
        <translation>请先删除一层</translation>
    </message>
    <message>
        <source>Remove the viewpoint</source>
        <translation>删除视点</translation>
    </message>
    <message>
        <source>Remove those that are long gone</source>
        <comment>told</comment>
        <translation>请删除早已不存在的项</translation>
    </message>
    <message>
        <source>Remove what lies far away from the plan and save it again</source>
        <comment>told</comment>
        <translation>请删除远离平面图的内容后重新保存</translation>
    </message>
    <message>
        <source>Remove {0}</source>
        <comment>told</comment>
        <translation>移除 {0}</translation>
    </message>
    <message>
        <source>Remove {name}?</source>
        <translation>移除{name}？</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Rename to {0}</source>
        <comment>told</comment>
        <translation>重命名为 {0}</translation>
    </message>
    <message>
        <source>Renamed</source>
        <translation>已改名</translation>
    </message>
    <message>
        <source>Replaces {file}</source>
        <translation>替换 {file}</translation>
    </message>
    <message>
        <source>Restore a backup with `oikos restore`; keep the damaged file, most of it may be saved</source>
        <comment>told</comment>
        <translation>用 `oikos restore` 恢复备份；请保留损坏的文件，其中大部分也许能挽救</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away and enter the passwords again</source>
        <comment>told</comment>
        <translation>请从备份恢复，或移走它并重新输入密码</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Review the changes</source>
        <translation>查看变更</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>右键点击</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>Room name</source>
        <translation>房间名</translation>
    </message>
    <message>
        <source>Rooms</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>STOREYS</source>
        <translation>楼层</translation>
    </message>
    <message>
        <source>Save a copy without a password</source>
        <comment>told</comment>
        <translation>请另存为无密码的副本</translation>
    </message>
    <message>
        <source>Save it again</source>
        <translation>请重新保存</translation>
    </message>
    <message>
        <source>Save it as DXF in the program it is from</source>
        <comment>told</comment>
        <translation>请在原程序中另存为 DXF</translation>
    </message>
    <message>
        <source>Save it as DXF in the program it is from, then choose Draw a building… and trace it</source>
        <comment>told</comment>
        <translation>请在原程序中另存为 DXF，然后选择“绘制建筑…”进行描绘</translation>
    </message>
    <message>
        <source>Save it smaller than 200 MB</source>
        <translation>请保存为小于 200 MB</translation>
    </message>
    <message>
        <source>Save it smaller than 200 MB</source>
        <comment>told</comment>
        <translation>请保存为小于 200 MB</translation>
    </message>
    <message>
        <source>Save it with fewer pixels: 4,000 are plenty</source>
        <translation>请减少像素：4,000 已足够</translation>
    </message>
    <message>
        <source>Export building…</source>
        <translation>导出建筑…</translation>
    </message>
    <message>
        <source>Export building</source>
        <translation>导出建筑</translation>
    </message>
    <message>
        <source>Say which file to make: oikos new house.oikos</source>
        <comment>told</comment>
        <translation>请指明要创建的文件：oikos new house.oikos</translation>
    </message>
    <message>
        <source>Section box</source>
        <translation>剖切盒</translation>
    </message>
    <message>
        <source>Show only the system {system}</source>
        <translation>只显示系统 {system}</translation>
    </message>
    <message>
        <source>Show only the zone {zone}</source>
        <translation>只显示区域 {zone}</translation>
    </message>
    <message>
        <source>Smooth between sensors</source>
        <translation>传感器之间平滑过渡</translation>
    </message>
    <message>
        <source>Split here</source>
        <translation>在此分开</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>The 3D view as it is now, with its labels</source>
        <translation>当前的 3D 视图（含标签）</translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation>保存图片</translation>
    </message>
    <message>
        <source>Save picture…</source>
        <translation>保存图片…</translation>
    </message>
    <message>
        <source>Saved {name}</source>
        <translation>已保存 {name}</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search or do anything…  Ctrl+K</source>
        <translation>搜索或执行操作…  Ctrl+K</translation>
    </message>
    <message>
        <source>Search rooms</source>
        <translation>搜索房间</translation>
    </message>
    <message>
        <source>Search rooms and devices</source>
        <translation>搜索房间和设备</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Select a device first.</source>
        <translation>请先选择设备。</translation>
    </message>
    <message>
        <source>Select and move</source>
        <translation>选择和移动</translation>
    </message>
    <message>
        <source>Select nothing</source>
        <translation>取消选择</translation>
    </message>
    <message>
        <source>Serial number</source>
        <translation>序列号</translation>
    </message>
    <message>
        <source>Set scale…</source>
        <translation>设置比例…</translation>
    </message>
    <message>
        <source>Set {0} to keep them in an encrypted file, or unlock the system's keyring</source>
        <comment>told</comment>
        <translation>设置 {0} 可将密码保存在加密文件中，或解锁系统密钥环</translation>
    </message>
    <message>
        <source>Set {0}, or unlock the system's keyring, to protect them better</source>
        <comment>told</comment>
        <translation>设置 {0} 或解锁系统密钥环可更好地保护密码</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Shift + 拖动</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Storeys and cuts</source>
        <translation>楼层与剖切</translation>
    </message>
    <message>
        <source>Light and sky</source>
        <translation>光照与天空</translation>
    </message>
    <message>
        <source>More values</source>
        <translation>更多数值</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Show the last {span}</source>
        <translation>显示最近 {span}</translation>
    </message>
    <message>
        <source>Show the present</source>
        <translation>显示当前</translation>
    </message>
    <message>
        <source>Show this storey</source>
        <translation>显示该楼层</translation>
    </message>
    <message>
        <source>Signal strength</source>
        <translation>信号强度</translation>
    </message>
    <message>
        <source>Sill</source>
        <translation>窗台</translation>
    </message>
    <message>
        <source>Smoke</source>
        <translation>烟雾</translation>
    </message>
    <message>
        <source>Smoke alarm</source>
        <translation>烟雾报警器</translation>
    </message>
    <message>
        <source>Solar inverter</source>
        <translation>光伏逆变器</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>信号源</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>音箱</translation>
    </message>
    <message>
        <source>Split in the middle</source>
        <translation>从中间分开</translation>
    </message>
    <message>
        <source>Split it farther from its end</source>
        <comment>told</comment>
        <translation>请在离墙端更远处分开</translation>
    </message>
    <message>
        <source>Starting the server</source>
        <comment>told</comment>
        <translation>正在启动服务器</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Storey</source>
        <translation>楼层</translation>
    </message>
    <message>
        <source>Storey down</source>
        <translation>下一层</translation>
    </message>
    <message>
        <source>Storey up</source>
        <translation>上一层</translation>
    </message>
    <message>
        <source>Storeys</source>
        <translation>楼层</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>饱和度</translation>
    </message>
    <message>
        <source>Strength of the picture</source>
        <translation>底图浓淡</translation>
    </message>
    <message>
        <source>Sun and sky of the place</source>
        <translation>当地的太阳与天空</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>开关</translation>
    </message>
    <message>
        <source>Switch a light</source>
        <translation>开关灯</translation>
    </message>
    <message>
        <source>Nothing found for “{words}”</source>
        <translation>没有找到“{words}”</translation>
    </message>
    <message>
        <source>Try fewer or other words</source>
        <translation>请减少或更换关键词</translation>
    </message>
    <message>
        <source>Turn off {name}</source>
        <translation>关闭{name}</translation>
    </message>
    <message>
        <source>Turn on {name}</source>
        <translation>打开{name}</translation>
    </message>
    <message>
        <source>everywhere</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>TOGETHER</source>
        <translation>一起控制</translation>
    </message>
    <message>
        <source>Take off the chart</source>
        <translation>从图表移除</translation>
    </message>
    <message>
        <source>Take out of the room</source>
        <translation>移出房间</translation>
    </message>
    <message>
        <source>Take out</source>
        <comment>told</comment>
        <translation>移出</translation>
    </message>
    <message>
        <source>Take the picture away</source>
        <translation>移除底图</translation>
    </message>
    <message>
        <source>Tamper</source>
        <translation>防拆</translation>
    </message>
    <message>
        <source>Television</source>
        <translation>电视</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Temperature sensor</source>
        <translation>温度传感器</translation>
    </message>
    <message>
        <source>Temperatures in °F</source>
        <translation>以 °F 显示温度</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>The PDF is damaged</source>
        <comment>told</comment>
        <translation>PDF 已损坏</translation>
    </message>
    <message>
        <source>The PDF is locked with a password</source>
        <comment>told</comment>
        <translation>PDF 有密码保护</translation>
    </message>
    <message>
        <source>The PDF is too large</source>
        <comment>told</comment>
        <translation>PDF 太大</translation>
    </message>
    <message>
        <source>The archive is packed with Deflate64, which cannot be read</source>
        <comment>told</comment>
        <translation>压缩包采用 Deflate64 压缩，无法读取</translation>
    </message>
    <message>
        <source>The building file has changed: {0}</source>
        <comment>told</comment>
        <translation>建筑文件已更改：{0}</translation>
    </message>
    <message>
        <source>The building has no rooms yet.</source>
        <translation>建筑中还没有房间。</translation>
    </message>
    <message>
        <source>The building is in.</source>
        <translation>建筑已导入。</translation>
    </message>
    <message>
        <source>The code is complete.</source>
        <translation>配对码完整。</translation>
    </message>
    <message>
        <source>In an hour, {0} [sample|samples] from before {1} will be deleted; their quarter-hours stay</source>
        <comment>told</comment>
        <translation>一小时后将删除 {1} 之前的 {0} 个样本；其刻钟汇总保留</translation>
    </message>
    <message>
        <source>Nothing has to be done. To keep them, raise `keep_raw_days` (now {0}) and start again</source>
        <comment>told</comment>
        <translation>无需操作。如要保留，请调高 `keep_raw_days`（现为 {0}）并重新启动</translation>
    </message>
    <message>
        <source>Send us the detail: this must not happen</source>
        <comment>told</comment>
        <translation>请把详情发给我们：这不应该发生</translation>
    </message>
    <message>
        <source>Set the clock. Where it is right, old samples are deleted again after 30 days of recording</source>
        <comment>told</comment>
        <translation>请校准时钟。若时钟无误，记录满 30 天后会重新开始删除旧样本</translation>
    </message>
    <message>
        <source>The computer's clock says {0}, but the last recording before ended on {1}: no old samples are deleted</source>
        <comment>told</comment>
        <translation>电脑时钟显示 {0}，而上次记录结束于 {1}：不会删除旧样本</translation>
    </message>
    <message>
        <source>The computer's clock says {0}, but this program was made on {1}: no old samples are deleted</source>
        <comment>told</comment>
        <translation>电脑时钟显示 {0}，而本程序制作于 {1}：不会删除旧样本</translation>
    </message>
    <message>
        <source>Use a faster disk, or let the devices report less often</source>
        <comment>told</comment>
        <translation>请使用更快的磁盘，或让设备降低上报频率</translation>
    </message>
    <message>
        <source>What was received and what was recorded do not add up</source>
        <comment>told</comment>
        <translation>收到的数据与记录的数据不一致</translation>
    </message>
    <message>
        <source>{0} [value|values] came faster than [it|they] could be written: the newest of each point was kept</source>
        <comment>told</comment>
        <translation>{0} 个值到达过快来不及写入：每个点保留了最新的值</translation>
    </message>
    <message>
        <source>The disk is full</source>
        <comment>told</comment>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>The door does not fit into this wall</source>
        <comment>told</comment>
        <translation>门放不进这面墙</translation>
    </message>
    <message>
        <source>The door is higher than its wall</source>
        <comment>told</comment>
        <translation>门比墙高</translation>
    </message>
    <message>
        <source>The door no longer fits into its wall</source>
        <comment>told</comment>
        <translation>门放不进墙里了</translation>
    </message>
    <message>
        <source>The drawing has no lines in its model space</source>
        <comment>told</comment>
        <translation>图纸的模型空间中没有线条</translation>
    </message>
    <message>
        <source>The drawing is no plan of a building: it is far too large or too small</source>
        <comment>told</comment>
        <translation>图纸不是建筑平面图：尺寸过大或过小</translation>
    </message>
    <message>
        <source>The eleven digits beside the QR code, or the text of the QR code (MT:…).</source>
        <translation>二维码旁的十一位数字，或二维码的文本（MT:…）。</translation>
    </message>
    <message>
        <source>The file could not be understood</source>
        <comment>told</comment>
        <translation>无法理解该文件</translation>
    </message>
    <message>
        <source>The file is damaged</source>
        <comment>told</comment>
        <translation>文件已损坏</translation>
    </message>
    <message>
        <source>The file is damaged; fetch or export it again</source>
        <comment>told</comment>
        <translation>文件已损坏；请重新获取或导出</translation>
    </message>
    <message>
        <source>The file is the one that was read last.</source>
        <translation>该文件与上次读取的相同。</translation>
    </message>
    <message>
        <source>The file is too large</source>
        <comment>told</comment>
        <translation>文件太大</translation>
    </message>
    <message>
        <source>The file of passwords cannot be read</source>
        <comment>told</comment>
        <translation>无法读取密码文件</translation>
    </message>
    <message>
        <source>The file says other rooms than its shapes for {0} of {1} doors</source>
        <comment>told</comment>
        <translation>文件中 {1} 扇门里有 {0} 扇所属的房间与其形状不符</translation>
    </message>
    <message>
        <source>The file says other sizes than its shapes have for {0} of {1} rooms</source>
        <comment>told</comment>
        <translation>文件中 {1} 个房间里有 {0} 个的尺寸与其形状不符</translation>
    </message>
    <message>
        <source>The history is closed</source>
        <comment>told</comment>
        <translation>历史记录已关闭</translation>
    </message>
    <message>
        <source>The import was cancelled</source>
        <comment>told</comment>
        <translation>导入已取消</translation>
    </message>
    <message>
        <source>The living twin of your building. Apache License 2.0.</source>
        <translation>您的建筑的实时数字孪生。Apache License 2.0。</translation>
    </message>
    <message>
        <source>The median wall is {0} m high: the unit of length is probably wrong</source>
        <comment>told</comment>
        <translation>墙高的中位数为 {0} m：长度单位可能有误</translation>
    </message>
    <message>
        <source>The new file no longer has rooms with devices in them: {0} ({1})</source>
        <comment>told</comment>
        <translation>新文件中不再有这些含设备的房间：{0}（{1}）</translation>
    </message>
    <message>
        <source>The page takes too long to draw</source>
        <comment>told</comment>
        <translation>页面绘制时间太长</translation>
    </message>
    <message>
        <source>A pairing was interrupted after {0} had joined the network; it is in the project now</source>
        <comment>told</comment>
        <translation>有一次配对在 {0} 加入网络后被中断；现已将其加入项目</translation>
    </message>
    <message>
        <source>Put it into its room, or remove it and pair it again</source>
        <comment>told</comment>
        <translation>将其放入所在房间，或移除后重新配对</translation>
    </message>
    <message>
        <source>The pairing code cannot be right</source>
        <comment>told</comment>
        <translation>配对码不正确</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: a code that begins like this has {0} digits</source>
        <comment>told</comment>
        <translation>配对码不正确：这样开头的配对码有 {0} 位数字</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: a code that begins like this has {0} digits. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：这样开头的配对码有 {0} 位数字。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: a digit is wrong or two are swapped</source>
        <comment>told</comment>
        <translation>配对码不正确：有一位数字错误或两位颠倒</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: a digit is wrong or two are swapped. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：有一位数字错误或两位颠倒。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it has 11 or 21 digits, not {0}</source>
        <comment>told</comment>
        <translation>配对码不正确：应有 11 或 21 位数字，而不是 {0} 位</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it has 11 or 21 digits, not {0}. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：应有 11 或 21 位数字，而不是 {0} 位。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it has digits only, or begins with MT:</source>
        <comment>told</comment>
        <translation>配对码不正确：应只有数字，或以 MT: 开头</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it has digits only, or begins with MT:. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：应只有数字，或以 MT: 开头。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it holds several devices; scan the code on one device</source>
        <comment>told</comment>
        <translation>配对码不正确：它包含多台设备；请扫描其中一台设备上的码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it holds several devices; scan the code on one device. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：它包含多台设备；请扫描其中一台设备上的码。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it is empty</source>
        <comment>told</comment>
        <translation>配对码不正确：为空</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it is empty. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：为空。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it is far too long</source>
        <comment>told</comment>
        <translation>配对码不正确：过长</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it is far too long. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：过长。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it names a vendor but no product</source>
        <comment>told</comment>
        <translation>配对码不正确：其中有厂商编号但没有产品编号</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: it names a vendor but no product. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：其中有厂商编号但没有产品编号。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its digits are out of range</source>
        <comment>told</comment>
        <translation>配对码不正确：数字超出范围</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its digits are out of range. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：数字超出范围。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its passcode is one that Matter forbids</source>
        <comment>told</comment>
        <translation>配对码不正确：其密码是 Matter 禁止使用的</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its passcode is one that Matter forbids. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：其密码是 Matter 禁止使用的。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its vendor number is one that Matter reserves</source>
        <comment>told</comment>
        <translation>配对码不正确：其厂商编号为 Matter 保留</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: its vendor number is one that Matter reserves. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：其厂商编号为 Matter 保留。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text and the digits belong to two devices; use one of them</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本与数字属于两台设备；请只用其中之一</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text and the digits belong to two devices; use one of them. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本与数字属于两台设备；请只用其中之一。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text holds a character that cannot be in one</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本中有不应出现的字符</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text holds a character that cannot be in one. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本中有不应出现的字符。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text is damaged</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本已损坏</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the QR text is damaged. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本已损坏。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the end of the QR text is missing</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本的末尾缺失</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: the end of the QR text is missing. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码文本的末尾缺失。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: these are the codes of several devices; use one of them</source>
        <comment>told</comment>
        <translation>配对码不正确：这是多台设备的配对码；请只用其中之一</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: these are the codes of several devices; use one of them. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：这是多台设备的配对码；请只用其中之一。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this is a code for HomeKit; the one for Matter begins with MT: or has 11 digits</source>
        <comment>told</comment>
        <translation>配对码不正确：这是 HomeKit 配对码；Matter 配对码以 MT: 开头或有 11 位数字</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this is a code for HomeKit; the one for Matter begins with MT: or has 11 digits. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：这是 HomeKit 配对码；Matter 配对码以 MT: 开头或有 11 位数字。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this version of the code is not known yet</source>
        <comment>told</comment>
        <translation>配对码不正确：此版本的配对码尚不受支持</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this version of the code is not known yet. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：此版本的配对码尚不受支持。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this web address carries no code; paste what follows MT: with these letters</source>
        <comment>told</comment>
        <translation>配对码不正确：此网址中没有配对码；请粘贴从 MT: 开始的内容</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: this web address carries no code; paste what follows MT: with these letters. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：此网址中没有配对码；请粘贴从 MT: 开始的内容。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: version {0} of the QR code is not known yet</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码版本 {0} 尚不受支持</translation>
    </message>
    <message>
        <source>The pairing code cannot be right: version {0} of the QR code is not known yet. Type it again from the device, or scan its QR code</source>
        <comment>told</comment>
        <translation>配对码不正确：二维码版本 {0} 尚不受支持。请照设备重新输入，或扫描其二维码</translation>
    </message>
    <message>
        <source>The passage does not fit into this wall</source>
        <comment>told</comment>
        <translation>洞口放不进这面墙</translation>
    </message>
    <message>
        <source>The passage is higher than its wall</source>
        <comment>told</comment>
        <translation>洞口比墙高</translation>
    </message>
    <message>
        <source>The passage no longer fits into its wall</source>
        <comment>told</comment>
        <translation>洞口放不进墙里了</translation>
    </message>
    <message>
        <source>The passphrase does not open the file of passwords</source>
        <comment>told</comment>
        <translation>口令无法打开密码文件</translation>
    </message>
    <message>
        <source>The password could not be kept</source>
        <comment>told</comment>
        <translation>密码无法保存</translation>
    </message>
    <message>
        <source>The password would travel unencrypted over the internet</source>
        <comment>told</comment>
        <translation>密码将未加密地经过互联网</translation>
    </message>
    <message>
        <source>The picture could not be saved</source>
        <translation>图片无法保存</translation>
    </message>
    <message>
        <source>The picture has its true scale now.</source>
        <translation>底图比例已设好。</translation>
    </message>
    <message>
        <source>The picture is damaged</source>
        <translation>图片已损坏</translation>
    </message>
    <message>
        <source>The picture is too large</source>
        <translation>图片太大</translation>
    </message>
    <message>
        <source>The plan of a building from a file cannot be edited yet.</source>
        <translation>暂不支持编辑由文件导入的建筑平面图。</translation>
    </message>
    <message>
        <source>The project could not be written</source>
        <comment>told</comment>
        <translation>项目无法写入</translation>
    </message>
    <message>
        <source>The project has no name</source>
        <comment>told</comment>
        <translation>项目没有名称</translation>
    </message>
    <message>
        <source>The project has no such {0}</source>
        <comment>told</comment>
        <translation>项目中没有该 {0}</translation>
    </message>
    <message>
        <source>The project has this building file already</source>
        <comment>told</comment>
        <translation>项目中已有此建筑文件</translation>
    </message>
    <message>
        <source>The project is closed</source>
        <comment>told</comment>
        <translation>项目已关闭</translation>
    </message>
    <message>
        <source>The project was opened for reading</source>
        <comment>told</comment>
        <translation>项目以只读方式打开</translation>
    </message>
    <message>
        <source>The protocol {0} is not installed</source>
        <comment>told</comment>
        <translation>未安装协议 {0}</translation>
    </message>
    <message>
        <source>The registry has more than {0} {1}</source>
        <comment>told</comment>
        <translation>注册表中的 {1} 超过 {0} 个</translation>
    </message>
    <message>
        <source>The registry is larger than 128 MB</source>
        <comment>told</comment>
        <translation>注册表大于 128 MB</translation>
    </message>
    <message>
        <source>The registry of Home Assistant cannot be read</source>
        <comment>told</comment>
        <translation>无法读取 Home Assistant 的注册表</translation>
    </message>
    <message>
        <source>The setting {0} cannot be {1}</source>
        <comment>told</comment>
        <translation>设置 {0} 不能为 {1}</translation>
    </message>
    <message>
        <source>The settings cannot be read</source>
        <comment>told</comment>
        <translation>无法读取设置</translation>
    </message>
    <message>
        <source>The settings cannot be saved</source>
        <comment>told</comment>
        <translation>设置无法保存</translation>
    </message>
    <message>
        <source>The sizes of the shapes are used; the file's own stand beside them in the details of a room</source>
        <comment>told</comment>
        <translation>采用形状的尺寸；文件自带的数值列在房间详情中</translation>
    </message>
    <message>
        <source>The system's keyring did not answer</source>
        <comment>told</comment>
        <translation>系统密钥环没有响应</translation>
    </message>
    <message>
        <source>The wall ends here</source>
        <comment>told</comment>
        <translation>墙在这里结束</translation>
    </message>
    <message>
        <source>The wall would go through a door</source>
        <comment>told</comment>
        <translation>墙会穿过门</translation>
    </message>
    <message>
        <source>The wall would go through a passage</source>
        <comment>told</comment>
        <translation>墙会穿过洞口</translation>
    </message>
    <message>
        <source>The wall would go through a window</source>
        <comment>told</comment>
        <translation>墙会穿过窗</translation>
    </message>
    <message>
        <source>The window does not fit into this wall</source>
        <comment>told</comment>
        <translation>窗放不进这面墙</translation>
    </message>
    <message>
        <source>The window is higher than its wall</source>
        <comment>told</comment>
        <translation>窗比墙高</translation>
    </message>
    <message>
        <source>The window no longer fits into its wall</source>
        <comment>told</comment>
        <translation>窗放不进墙里了</translation>
    </message>
    <message>
        <source>The {0} cannot be reached</source>
        <comment>told</comment>
        <translation>无法访问 {0}</translation>
    </message>
    <message>
        <source>The {0} cannot be written here</source>
        <comment>told</comment>
        <translation>{0} 无法写入此处</translation>
    </message>
    <message>
        <source>The {0} is damaged</source>
        <comment>told</comment>
        <translation>{0} 已损坏</translation>
    </message>
    <message>
        <source>There are walls here already</source>
        <comment>told</comment>
        <translation>这里已经有墙</translation>
    </message>
    <message>
        <source>There is a door here already</source>
        <comment>told</comment>
        <translation>这里已经有门</translation>
    </message>
    <message>
        <source>There is a file with this name already</source>
        <comment>told</comment>
        <translation>已有同名文件</translation>
    </message>
    <message>
        <source>There is a passage here already</source>
        <comment>told</comment>
        <translation>这里已经有洞口</translation>
    </message>
    <message>
        <source>There is a wall here already</source>
        <comment>told</comment>
        <translation>这里已经有墙</translation>
    </message>
    <message>
        <source>There is a window here already</source>
        <comment>told</comment>
        <translation>这里已经有窗</translation>
    </message>
    <message>
        <source>There is no area registry beside this file</source>
        <comment>told</comment>
        <translation>此文件旁边没有区域注册表</translation>
    </message>
    <message>
        <source>There is no building yet</source>
        <translation>还没有建筑</translation>
    </message>
    <message>
        <source>There is no setting called {0}</source>
        <comment>told</comment>
        <translation>没有名为 {0} 的设置</translation>
    </message>
    <message>
        <source>There is no such picture</source>
        <translation>没有这张图片</translation>
    </message>
    <message>
        <source>There is no viewpoint {number} yet.</source>
        <translation>还没有视点 {number}。</translation>
    </message>
    <message>
        <source>There is no wall here</source>
        <comment>told</comment>
        <translation>这里没有墙</translation>
    </message>
    <message>
        <source>There is no {0} called {1}</source>
        <comment>told</comment>
        <translation>没有名为 {1} 的 {0}</translation>
    </message>
    <message>
        <source>Thermostat</source>
        <translation>温控器</translation>
    </message>
    <message>
        <source>These two points give no scale</source>
        <comment>told</comment>
        <translation>这两点无法确定比例</translation>
    </message>
    <message>
        <source>These walls are parallel</source>
        <comment>told</comment>
        <translation>这两面墙平行</translation>
    </message>
    <message>
        <source>They are gross areas: whole storeys or flats beside the rooms in them</source>
        <comment>told</comment>
        <translation>它们是总面积：与其中房间并列的整层或整套</translation>
    </message>
    <message>
        <source>They are told apart by their place and name; a later version of the file may be recognised less well</source>
        <comment>told</comment>
        <translation>其中没有两个设备有共同的控制项。</translation>
    </message>
    <message>
        <source>No two of them have a command in common.</source>
        <translation>它们没有共同的控制项。</translation>
    </message>
    <message>
        <source>Thickness</source>
        <translation>厚度</translation>
    </message>
    <message>
        <source>This computer has no keyring: passwords are in an encrypted file whose key lies beside it</source>
        <comment>told</comment>
        <translation>本机没有密钥环：密码保存在加密文件中，其密钥就在旁边</translation>
    </message>
    <message>
        <source>This door or window is no longer there</source>
        <comment>told</comment>
        <translation>这扇门窗已不存在</translation>
    </message>
    <message>
        <source>This height is out of range</source>
        <comment>told</comment>
        <translation>高度超出范围</translation>
    </message>
    <message>
        <source>This is no address of a broker: {0}</source>
        <comment>told</comment>
        <translation>这不是代理服务器地址：{0}</translation>
    </message>
    <message>
        <source>This is no picture that can be traced</source>
        <translation>这不是可用作底图的图片</translation>
    </message>
    <message>
        <source>This is not a registry of Home Assistant</source>
        <comment>told</comment>
        <translation>这不是 Home Assistant 的注册表</translation>
    </message>
    <message>
        <source>This is not an Oikos {0}</source>
        <comment>told</comment>
        <translation>这不是 Oikos 的 {0}</translation>
    </message>
    <message>
        <source>This is the only storey</source>
        <comment>told</comment>
        <translation>这是唯一的楼层</translation>
    </message>
    <message>
        <source>This room has no size</source>
        <comment>told</comment>
        <translation>这个房间没有大小</translation>
    </message>
    <message>
        <source>This spot is too far away</source>
        <comment>told</comment>
        <translation>这个位置太远了</translation>
    </message>
    <message>
        <source>This wall has no length</source>
        <comment>told</comment>
        <translation>这面墙没有长度</translation>
    </message>
    <message>
        <source>This wall is no longer there</source>
        <comment>told</comment>
        <translation>这面墙已不存在</translation>
    </message>
    <message>
        <source>This {0} was written by a newer Oikos</source>
        <comment>told</comment>
        <translation>此 {0} 由更新版本的 Oikos 写入</translation>
    </message>
    <message>
        <source>Through</source>
        <translation>经由</translation>
    </message>
    <message>
        <source>Tilt</source>
        <translation>倾角</translation>
    </message>
    <message>
        <source>Trends</source>
        <translation>趋势</translation>
    </message>
    <message>
        <source>True distance, e.g. 4.20 m</source>
        <translation>实际距离，例如 4.20 m</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>正在加载…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Type a length such as 3.25 or 325 cm</source>
        <translation>请输入长度，例如 3.25 或 325 cm</translation>
    </message>
    <message>
        <source>Type a name</source>
        <comment>told</comment>
        <translation>请输入名称</translation>
    </message>
    <message>
        <source>Type or paste the pairing code</source>
        <translation>输入或粘贴配对码</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo {0}</source>
        <comment>told</comment>
        <translation>撤销 {0}</translation>
    </message>
    <message>
        <source>Undone: {label}</source>
        <translation>已撤销：{label}</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Unlock it and try again</source>
        <comment>told</comment>
        <translation>请解锁后重试</translation>
    </message>
    <message>
        <source>Unpack it and open the file inside, or pack it again with plain Deflate</source>
        <comment>told</comment>
        <translation>请解压后打开其中的文件，或改用普通 Deflate 重新压缩</translation>
    </message>
    <message>
        <source>Upper floor</source>
        <translation>楼上</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Use a key that `oikos discover` lists, or a URL such as mqtt://broker:1883</source>
        <comment>told</comment>
        <translation>请使用 `oikos discover` 列出的键，或 mqtt://broker：1883 这样的 URL</translation>
    </message>
    <message>
        <source>Use mqtts:// for this broker</source>
        <comment>told</comment>
        <translation>请对该代理服务器使用 mqtts://</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Vacant</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Valve</source>
        <translation>阀门</translation>
    </message>
    <message>
        <source>Vibration</source>
        <translation>振动</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Viewpoints</source>
        <translation>视点</translation>
    </message>
    <message>
        <source>Viewpoints…</source>
        <translation>视点…</translation>
    </message>
    <message>
        <source>Volatile organics</source>
        <translation>挥发性有机物</translation>
    </message>
    <message>
        <source>Voltage</source>
        <translation>电压</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>音量</translation>
    </message>
    <message>
        <source>W A S D walk · Drag to look · Shift runs · PgUp PgDn storeys · Esc leaves</source>
        <translation>W A S D 行走 · 拖动环视 · Shift 快跑 · PgUp PgDn 换楼层 · Esc 离开</translation>
    </message>
    <message>
        <source>Walk through</source>
        <translation>漫游</translation>
    </message>
    <message>
        <source>Wall</source>
        <translation>墙</translation>
    </message>
    <message>
        <source>Water leak</source>
        <translation>漏水</translation>
    </message>
    <message>
        <source>Water used</source>
        <translation>用水量</translation>
    </message>
    <message>
        <source>What changes with {file}</source>
        <translation>{file} 带来的变更</translation>
    </message>
    <message>
        <source>What you drew since the plan was opened is lost.</source>
        <translation>打开平面图之后画的内容会丢失。</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>Which room is it in?</source>
        <translation>它在哪个房间？</translation>
    </message>
    <message>
        <source>Whole building</source>
        <translation>整栋建筑</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗</translation>
    </message>
    <message>
        <source>Window here</source>
        <translation>在此放窗</translation>
    </message>
    <message>
        <source>Without perspective</source>
        <translation>无透视</translation>
    </message>
    <message>
        <source>Write --from instead of --draw</source>
        <comment>told</comment>
        <translation>请用 --from 代替 --draw</translation>
    </message>
    <message>
        <source>Write it like mqtts://broker.local:8883 or mqtt://192.168.1.10</source>
        <comment>told</comment>
        <translation>请写成 mqtts://broker.local：8883 或 mqtt://192.168.1.10</translation>
    </message>
    <message>
        <source>Your data is safe. Try again, and send us the detail if it happens twice</source>
        <comment>told</comment>
        <translation>您的数据是安全的。请重试；若再次发生，请将详情发给我们</translation>
    </message>
    <message>
        <source>Zones</source>
        <translation>区域</translation>
    </message>
    <message>
        <source>alarm</source>
        <translation>报警</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation><numerusform>另有 %n 个</numerusform></translation>
    </message>
    <message>
        <source>any device</source>
        <translation>任一设备</translation>
    </message>
    <message>
        <source>as the storey</source>
        <translation>同层高</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>away</source>
        <translation>外出</translation>
    </message>
    <message>
        <source>clear</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>已关闭</translation>
    </message>
    <message>
        <source>confirmed</source>
        <translation>已确认</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>连接中</translation>
    </message>
    <message>
        <source>cool</source>
        <translation>制冷</translation>
    </message>
    <message>
        <source>cooling</source>
        <translation>制冷中</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>double</source>
        <translation>双击</translation>
    </message>
    <message>
        <source>drag onto its room</source>
        <translation>拖到所在房间</translation>
    </message>
    <message>
        <source>dry</source>
        <translation>干燥</translation>
    </message>
    <message>
        <source>drying</source>
        <translation>除湿中</translation>
    </message>
    <message>
        <source>en</source>
        <translation>英语</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>fair</source>
        <translation>尚可</translation>
    </message>
    <message>
        <source>fan</source>
        <translation>送风</translation>
    </message>
    <message>
        <source>fan_only</source>
        <translation>仅送风</translation>
    </message>
    <message>
        <source>fault</source>
        <translation>故障</translation>
    </message>
    <message>
        <source>from memory</source>
        <translation>来自缓存</translation>
    </message>
    <message>
        <source>from next door</source>
        <translation>由邻室推算</translation>
    </message>
    <message>
        <source>gas</source>
        <translation>燃气泄漏</translation>
    </message>
    <message>
        <source>good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>heat</source>
        <translation>制热</translation>
    </message>
    <message>
        <source>heat_cool</source>
        <translation>冷暖自动</translation>
    </message>
    <message>
        <source>heating</source>
        <translation>制热中</translation>
    </message>
    <message>
        <source>high</source>
        <translation>高</translation>
    </message>
    <message>
        <source>highest per room</source>
        <translation>每室最高</translation>
    </message>
    <message>
        <source>home</source>
        <translation>在家</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>ifcXML is not supported yet, but for that of IFC 2x3</source>
        <comment>told</comment>
        <translation>除 IFC 2x3 外，暂不支持 ifcXML</translation>
    </message>
    <message>
        <source>jammed</source>
        <translation>卡住</translation>
    </message>
    <message>
        <source>joins {rooms}; the file says {said}</source>
        <translation>连接 {rooms}；文件中为 {said}</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚</translation>
    </message>
    <message>
        <source>last seen {ago}</source>
        <translation>最后在线：{ago}</translation>
    </message>
    <message>
        <source>leak</source>
        <translation>漏水</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>locked</source>
        <translation>已上锁</translation>
    </message>
    <message>
        <source>long</source>
        <translation>长按</translation>
    </message>
    <message>
        <source>looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>lowest per room</source>
        <translation>每室最低</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>most common</source>
        <translation>最常见</translation>
    </message>
    <message>
        <source>motion</source>
        <translation>有人活动</translation>
    </message>
    <message>
        <source>moved too</source>
        <translation>也已移动</translation>
    </message>
    <message>
        <source>muted</source>
        <translation>已静音</translation>
    </message>
    <message>
        <source>needs login</source>
        <translation>需要登录</translation>
    </message>
    <message>
        <source>never seen</source>
        <translation>从未在线</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>无数据</translation>
    </message>
    <message>
        <source>not in a room yet</source>
        <translation>尚未分配房间</translation>
    </message>
    <message>
        <source>not yet pressed</source>
        <translation>尚未按过</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>nothing to step from: the device has not said its value yet</source>
        <comment>told</comment>
        <translation>无法调节：设备尚未报告数值</translation>
    </message>
    <message>
        <source>nothing to toggle: the device has not said yet whether it is on</source>
        <comment>told</comment>
        <translation>无法切换：设备尚未报告开关状态</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>now {value}</source>
        <translation>当前 {value}</translation>
    </message>
    <message>
        <source>occupied</source>
        <translation>有人</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>online</source>
        <translation>在线</translation>
    </message>
    <message>
        <source>open</source>
        <translation>已打开</translation>
    </message>
    <message>
        <source>or an address: mqtts://broker.local</source>
        <translation>或输入地址：mqtts://broker.local</translation>
    </message>
    <message>
        <source>or bring a picture or PDF of the plan and trace it</source>
        <translation>或导入平面图的图片或 PDF 来描画</translation>
    </message>
    <message>
        <source>or find devices first, with Ctrl+D</source>
        <translation>或先按 Ctrl+D 查找设备</translation>
    </message>
    <message>
        <source>or look around in</source>
        <translation>或体验</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>pending</source>
        <translation>等待确认</translation>
    </message>
    <message>
        <source>playing</source>
        <translation>播放中</translation>
    </message>
    <message>
        <source>poor</source>
        <translation>很差</translation>
    </message>
    <message>
        <source>press</source>
        <translation>单击</translation>
    </message>
    <message>
        <source>release</source>
        <translation>松开</translation>
    </message>
    <message>
        <source>smoke</source>
        <translation>有烟雾</translation>
    </message>
    <message>
        <source>sound</source>
        <translation>有声</translation>
    </message>
    <message>
        <source>started</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>still</source>
        <translation>静止</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>sum per room</source>
        <translation>每室合计</translation>
    </message>
    <message>
        <source>system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>tampered</source>
        <translation>被拆动</translation>
    </message>
    <message>
        <source>the broker wants another user name or password</source>
        <comment>told</comment>
        <translation>代理服务器需要其他用户名或密码</translation>
    </message>
    <message>
        <source>the connection was lost</source>
        <comment>told</comment>
        <translation>连接已断开</translation>
    </message>
    <message>
        <source>the demo home</source>
        <translation>演示住宅</translation>
    </message>
    <message>
        <source>the demo office</source>
        <translation>演示办公楼</translation>
    </message>
    <message>
        <source>the device has no topic for this command</source>
        <comment>told</comment>
        <translation>设备没有该命令的主题</translation>
    </message>
    <message>
        <source>the device no longer takes this command</source>
        <comment>told</comment>
        <translation>设备不再接受此命令</translation>
    </message>
    <message>
        <source>the device's command template gave nothing</source>
        <comment>told</comment>
        <translation>设备的命令模板没有产生内容</translation>
    </message>
    <message>
        <source>the device's command template is not safe: {0}</source>
        <comment>told</comment>
        <translation>设备的命令模板不安全：{0}</translation>
    </message>
    <message>
        <source>the device's topic cannot be used: {0}</source>
        <comment>told</comment>
        <translation>无法使用设备的主题：{0}</translation>
    </message>
    <message>
        <source>this lock has no latch to pull</source>
        <comment>told</comment>
        <translation>此锁没有可拉开的锁舌</translation>
    </message>
    <message>
        <source>this takes a colour</source>
        <comment>told</comment>
        <translation>此项需要颜色</translation>
    </message>
    <message>
        <source>this takes a number</source>
        <comment>told</comment>
        <translation>此项需要数字</translation>
    </message>
    <message>
        <source>this takes at most {0} characters</source>
        <comment>told</comment>
        <translation>最多 {0} 个字符</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>unlocked</source>
        <translation>未上锁</translation>
    </message>
    <message>
        <source>untouched</source>
        <translation>完好</translation>
    </message>
    <message>
        <source>vacant</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>vibrating</source>
        <translation>振动中</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>zh_CN</source>
        <translation>中文</translation>
    </message>
    <message>
        <source>{0} cannot be commanded</source>
        <comment>told</comment>
        <translation>{0} 不能被控制</translation>
    </message>
    <message>
        <source>{0} is not supported yet</source>
        <comment>told</comment>
        <translation>暂不支持 {0}</translation>
    </message>
    <message>
        <source>{0} is open in another Oikos</source>
        <comment>told</comment>
        <translation>{0} 已在另一个 Oikos 中打开</translation>
    </message>
    <message>
        <source>{0} is open in another program</source>
        <comment>told</comment>
        <translation>{0} 已在另一个程序中打开</translation>
    </message>
    <message>
        <source>{0} knows {1}, not {2}</source>
        <comment>told</comment>
        <translation>{0} 支持 {1}，不支持 {2}</translation>
    </message>
    <message>
        <source>{0} [line|lines] of the file [holds|hold] too many or too few values, and what [it describes|they describe] is wrong or missing</source>
        <comment>told</comment>
        <translation>文件有 {0} 行的数值过多或过少，所描述的内容有误或缺失</translation>
    </message>
    <message>
        <source>{0} of {1} lines of the file could not be read, and what they say is missing</source>
        <comment>told</comment>
        <translation>文件的 {1} 行中有 {0} 行无法读取，其内容缺失</translation>
    </message>
    <message>
        <source>{0} of {1} rooms of the file [holds|hold] other rooms, and [was|were] left out</source>
        <comment>told</comment>
        <translation>文件的 {1} 个房间中有 {0} 个包含其他房间，已略去</translation>
    </message>
    <message>
        <source>{0} [pair|pairs] of rooms [lies|lie] in each other</source>
        <comment>told</comment>
        <translation>有 {0} 对房间相互重叠</translation>
    </message>
    <message>
        <source>{0} takes a number</source>
        <comment>told</comment>
        <translation>{0} 需要数字</translation>
    </message>
    <message>
        <source>{0} takes one of {1}</source>
        <comment>told</comment>
        <translation>{0} 可选 {1}</translation>
    </message>
    <message>
        <source>{0} takes {1} to {2}</source>
        <comment>told</comment>
        <translation>{0} 的范围是 {1} 到 {2}</translation>
    </message>
    <message>
        <source>{0} [thing has|things have] a shape in the file that could not be built; [it is|they are] missing from the picture</source>
        <comment>told</comment>
        <translation>文件中有 {0} 个对象的形状无法生成；画面中缺少它们</translation>
    </message>
    <message>
        <source>{0} [thing|things] in the file [has|have] an identifier that another one has already</source>
        <comment>told</comment>
        <translation>文件中有 {0} 个对象的标识符与其他对象重复</translation>
    </message>
    <message>
        <source>{0} [value|values] could not be written</source>
        <comment>told</comment>
        <translation>{0} 个数值无法写入</translation>
    </message>
    <message>
        <source>{done} of {all}</source>
        <translation>{done} / {all}</translation>
    </message>
    <message>
        <source>{name} is in.</source>
        <translation>{name} 已加入。</translation>
    </message>
    <message>
        <source>{on} of {all}: {word}</source>
        <translation>{all} 个中 {on} 个：{word}</translation>
    </message>
    <message>
        <source>{point}, 24 h until then</source>
        <translation>{point}，截至当时的 24 小时</translation>
    </message>
    <message>
        <source>{point}, last 24 h</source>
        <translation>{point}，最近 24 小时</translation>
    </message>
    <message>
        <source>{rooms}?</source>
        <translation>{rooms}？</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{shown} of {all}</source>
        <translation>{shown} / {all}</translation>
    </message>
    <message>
        <source>{size} (file: {said})</source>
        <translation>{size}（文件：{said}）</translation>
    </message>
    <message>
        <source>{total} in all</source>
        <translation>共 {total}</translation>
    </message>
    <message>
        <source>{wide} by {high}, if a unit is 1 {unit}. If not, set the scale.</source>
        <translation>{wide} × {high}（若一个单位为 1 {unit}）。若不对，请设置比例。</translation>
    </message>
    <message>
        <source>中文</source>
        <translation>中文</translation>
    </message>
    <message>
        <source>Select by rectangle</source>
        <translation>用矩形选择</translation>
    </message>
    <message>
        <source>Drag a rectangle over devices · Ctrl adds · Esc ends</source>
        <translation>拖出矩形选择设备 · Ctrl 追加 · Esc 结束</translation>
    </message>
    <message>
        <source>Total {length}</source>
        <translation>总长 {length}</translation>
    </message>
    <message>
        <source>Click points on the floor · The first one again closes the ring · Esc ends</source>
        <translation>在地面上点击各点 · 再次点击第一个点即闭合 · Esc 结束</translation>
    </message>
    <message>
        <source>Show all again</source>
        <translation>重新显示全部</translation>
    </message>
    <message>
        <source>Show only these</source>
        <translation>仅显示这些</translation>
    </message>
    <message>
        <source>Hide these</source>
        <translation>隐藏这些</translation>
    </message>
    <message>
        <source>Show only this kind</source>
        <translation>仅显示此类设备</translation>
    </message>
    <message>
        <source>Hide this kind</source>
        <translation>隐藏此类设备</translation>
    </message>
    <message>
        <source>Show only this storey</source>
        <translation>仅显示此楼层</translation>
    </message>
    <message>
        <source>Show only this room</source>
        <translation>仅显示此房间</translation>
    </message>
    <message>
        <source>Show only this device</source>
        <translation>仅显示此设备</translation>
    </message>
    <message>
        <source>Hide this storey</source>
        <translation>隐藏此楼层</translation>
    </message>
    <message>
        <source>Hide this room</source>
        <translation>隐藏此房间</translation>
    </message>
    <message>
        <source>Hide this device</source>
        <translation>隐藏此设备</translation>
    </message>
    <message>
        <source>Then nothing would be left to see.</source>
        <translation>那样就没有可显示的内容了。</translation>
    </message>
    <message>
        <source>Some things are hidden.</source>
        <translation>有些内容已隐藏。</translation>
    </message>
    <message>
        <source>{value}, difference</source>
        <translation>{value}差异</translation>
    </message>
    <message>
        <source>pp</source>
        <translation>个百分点</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已改变</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>无变化</translation>
    </message>
    <message>
        <source>became {word}</source>
        <translation>变为{word}</translation>
    </message>
    <message>
        <source>rose</source>
        <translation>上升</translation>
    </message>
    <message>
        <source>fell</source>
        <translation>下降</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Pins this moment and shows what changed between it and another one</source>
        <translation>固定此时刻,并显示它与另一时刻之间的变化</translation>
    </message>
    <message>
        <source>and {moment}</source>
        <translation>与 {moment}</translation>
    </message>
    <message>
        <source>Compare two moments</source>
        <translation>比较两个时刻</translation>
    </message>
    <message>
        <source>Play the past</source>
        <translation>回放历史</translation>
    </message>
    <message>
        <source>The disk is full: make room and try again</source>
        <comment>told</comment>
        <translation>磁盘已满:请腾出空间后重试</translation>
    </message>
    <message>
        <source>Choose a folder that you may write to, or give yourself the permission</source>
        <comment>told</comment>
        <translation>请选择您有写入权限的文件夹,或为自己授予权限</translation>
    </message>
    <message>
        <source>Check the path: the folder must exist</source>
        <comment>told</comment>
        <translation>请检查路径:文件夹必须存在</translation>
    </message>
    <message>
        <source>This is a folder: name a file</source>
        <comment>told</comment>
        <translation>这是文件夹:请指定一个文件</translation>
    </message>
    <message>
        <source>Choose a shorter name</source>
        <comment>told</comment>
        <translation>请选择更短的名称</translation>
    </message>
    <message>
        <source>Too many files are open: close other programs and try again</source>
        <comment>told</comment>
        <translation>打开的文件过多:请关闭其他程序后重试</translation>
    </message>
    <message>
        <source>The link leads in a circle: name the file itself</source>
        <comment>told</comment>
        <translation>链接循环指向自身:请直接指定文件</translation>
    </message>
    <message>
        <source>Check that the disk is connected and sound, and try again</source>
        <comment>told</comment>
        <translation>请检查磁盘是否已连接且完好,然后重试</translation>
    </message>
    <message>
        <source>There is no such file</source>
        <comment>told</comment>
        <translation>没有这个文件</translation>
    </message>
    <message>
        <source>The file cannot be read</source>
        <comment>told</comment>
        <translation>无法读取文件</translation>
    </message>
    <message>
        <source>This is a folder, not a file</source>
        <comment>told</comment>
        <translation>这是文件夹,不是文件</translation>
    </message>
    <message>
        <source>Name a file</source>
        <comment>told</comment>
        <translation>请指定一个文件</translation>
    </message>
    <message>
        <source>This is a named pipe, not a file</source>
        <comment>told</comment>
        <translation>这是命名管道,不是文件</translation>
    </message>
    <message>
        <source>This is a socket, not a file</source>
        <comment>told</comment>
        <translation>这是套接字,不是文件</translation>
    </message>
    <message>
        <source>This is a device, not a file</source>
        <comment>told</comment>
        <translation>这是设备,不是文件</translation>
    </message>
    <message>
        <source>This is no ordinary file, not a file</source>
        <comment>told</comment>
        <translation>这不是普通文件</translation>
    </message>
    <message>
        <source>Copy what it gives into a file, and name that file</source>
        <comment>told</comment>
        <translation>请将其内容复制到文件中,再指定该文件</translation>
    </message>
    <message>
        <source>This is a folder</source>
        <comment>told</comment>
        <translation>这是文件夹</translation>
    </message>
    <message>
        <source>Name a file in it</source>
        <comment>told</comment>
        <translation>请指定其中的一个文件</translation>
    </message>
    <message>
        <source>The building's own file is never overwritten</source>
        <comment>told</comment>
        <translation>建筑的原始文件绝不会被覆盖</translation>
    </message>
    <message>
        <source>Choose another name</source>
        <comment>told</comment>
        <translation>请选择其他名称</translation>
    </message>
    <message>
        <source>This is a project: nothing is written over it</source>
        <comment>told</comment>
        <translation>这是项目文件:不会被覆盖</translation>
    </message>
    <message>
        <source>This is a history: nothing is written over it</source>
        <comment>told</comment>
        <translation>这是历史记录文件:不会被覆盖</translation>
    </message>
    <message>
        <source>This is a database: nothing is written over it</source>
        <comment>told</comment>
        <translation>这是数据库文件:不会被覆盖</translation>
    </message>
    <message>
        <source>The keys of the network of {0} [device|devices] are not on this computer</source>
        <comment>told</comment>
        <translation>这台计算机上没有 {0} 个设备所在网络的密钥</translation>
    </message>
    <message>
        <source>Restore a backup that has them (name.oikos-keys), or reset the devices and pair them again</source>
        <comment>told</comment>
        <translation>请恢复包含密钥的备份(name.oikos-keys),或重置设备后重新配对</translation>
    </message>
    <message>
        <source>{0} of {1} devices [is|are] not in the network of this computer</source>
        <comment>told</comment>
        <translation>{1} 个设备中有 {0} 个不在这台计算机的网络中</translation>
    </message>
    <message>
        <source>Reset these devices and pair them again</source>
        <comment>told</comment>
        <translation>请重置这些设备后重新配对</translation>
    </message>
    <message>
        <source>The keys in this backup can be opened on this computer only</source>
        <comment>told</comment>
        <translation>此备份中的密钥只能在这台计算机上打开</translation>
    </message>
    <message>
        <source>Set {0} and make the backup again, or keep a copy of this file in a safe place</source>
        <comment>told</comment>
        <translation>请设置 {0} 后重新备份,或将此文件的副本保存在安全处</translation>
    </message>
    <message>
        <source>The keys cannot be encrypted: this computer's own key cannot be made</source>
        <comment>told</comment>
        <translation>无法加密密钥:无法生成这台计算机自己的密钥</translation>
    </message>
    <message>
        <source>Set {0}, or make the folder writable</source>
        <comment>told</comment>
        <translation>请设置 {0},或使文件夹可写</translation>
    </message>
    <message>
        <source>The passphrase does not open the keys of this backup</source>
        <comment>told</comment>
        <translation>口令无法打开此备份的密钥</translation>
    </message>
    <message>
        <source>Set {0} to the one it was made with; --without-keys restores the rest</source>
        <comment>told</comment>
        <translation>请将 {0} 设为备份时所用的口令;--without-keys 可恢复其余内容</translation>
    </message>
    <message>
        <source>The keys of this backup were encrypted with the key of another computer</source>
        <comment>told</comment>
        <translation>此备份的密钥由另一台计算机的密钥加密</translation>
    </message>
    <message>
        <source>Copy {0} from that computer's OIKOS_HOME into yours; --without-keys restores the rest</source>
        <comment>told</comment>
        <translation>请将 {0} 从那台计算机的 OIKOS_HOME 复制到您的;--without-keys 可恢复其余内容</translation>
    </message>
    <message>
        <source>The keys of this backup are damaged</source>
        <comment>told</comment>
        <translation>此备份的密钥已损坏</translation>
    </message>
    <message>
        <source>Use another backup; --without-keys restores the rest</source>
        <comment>told</comment>
        <translation>请使用其他备份;--without-keys 可恢复其余内容</translation>
    </message>
    <message>
        <source>This computer has another password for a link: it was kept</source>
        <comment>told</comment>
        <translation>这台计算机上该连接另有密码:已保留</translation>
    </message>
    <message>
        <source>Add --replace-keys to take the one of the backup</source>
        <comment>told</comment>
        <translation>加上 --replace-keys 可采用备份中的密码</translation>
    </message>
    <message>
        <source>This computer has another network with {0} [device|devices]: it was kept, that of the backup not put back</source>
        <comment>told</comment>
        <translation>这台计算机另有一个包含 {0} 个设备的网络:已保留,备份中的网络未放回</translation>
    </message>
    <message>
        <source>Add --replace-keys to put it back; the one that is there is kept beside it</source>
        <comment>told</comment>
        <translation>加上 --replace-keys 可将其放回;现有网络保留在旁边</translation>
    </message>
    <message>
        <source>The file with the keys of your Matter network is damaged</source>
        <comment>told</comment>
        <translation>您的 Matter 网络的密钥文件已损坏</translation>
    </message>
    <message>
        <source>Put it back from a backup. Without it every Matter device must be reset and paired again</source>
        <comment>told</comment>
        <translation>请从备份中恢复。没有它,所有 Matter 设备都必须重置并重新配对</translation>
    </message>
    <message>
        <source>The Matter network's files cannot be read</source>
        <comment>told</comment>
        <translation>无法读取 Matter 网络的文件</translation>
    </message>
    <message>
        <source>The Matter network could not be put back</source>
        <comment>told</comment>
        <translation>无法放回 Matter 网络</translation>
    </message>
    <message>
        <source>Another program keeps this file to itself</source>
        <comment>told</comment>
        <translation>另一个程序正在独占此文件</translation>
    </message>
    <message>
        <source>Wait until it is done, or close it, and try again</source>
        <comment>told</comment>
        <translation>请等待其完成或将其关闭,然后重试</translation>
    </message>
    <message>
        <source>There is a file with this name that is not {0}</source>
        <comment>told</comment>
        <translation>已存在同名文件,但它不是{0}</translation>
    </message>
    <message>
        <source>Choose another name, or add --force to replace it</source>
        <comment>told</comment>
        <translation>请选择其他名称,或加上 --force 以替换它</translation>
    </message>
    <message>
        <source>There is a file with this name, not a folder</source>
        <comment>told</comment>
        <translation>已存在同名文件,而不是文件夹</translation>
    </message>
    <message>
        <source>There is a file with this name that Oikos did not write: {0}</source>
        <comment>told</comment>
        <translation>已存在同名文件,但并非由 Oikos 写入:{0}</translation>
    </message>
    <message>
        <source>The export could not be written</source>
        <comment>told</comment>
        <translation>无法写入导出文件</translation>
    </message>
    <message>
        <source>The export cannot be written there</source>
        <comment>told</comment>
        <translation>无法将导出写入该处</translation>
    </message>
    <message>
        <source>The picture could not be saved</source>
        <comment>told</comment>
        <translation>无法保存图片</translation>
    </message>
    <message>
        <source>Choose a name that ends in .png</source>
        <comment>told</comment>
        <translation>请选择以 .png 结尾的名称</translation>
    </message>
    <message>
        <source>{0} was removed, but it could not be told</source>
        <comment>told</comment>
        <translation>{0} 已移除，但未能通知该设备</translation>
    </message>
    <message>
        <source>It is told when it is back while Oikos runs; to pair it before, reset it by its button</source>
        <comment>told</comment>
        <translation>它重新上线且 Oikos 运行时会得到通知；若要提前配对，请用按钮将其重置</translation>
    </message>
    <message>
        <source>the device does not report this, so nothing can confirm it</source>
        <comment>told</comment>
        <translation>设备不报告此值，因此无法确认</translation>
    </message>
    <message>
        <source>This is a backup of keys: nothing is written over it</source>
        <comment>told</comment>
        <translation>这是密钥备份:不会被覆盖</translation>
    </message>
    <message>
        <source>This file has a second name (a hard link): two programs could spoil it</source>
        <comment>told</comment>
        <translation>此文件有第二个名称(硬链接):两个程序可能会损坏它</translation>
    </message>
    <message>
        <source>Copy it and work on the copy: cp {0} copy{1}</source>
        <comment>told</comment>
        <translation>请复制它并使用副本:cp {0} copy{1}</translation>
    </message>
    <message>
        <source>Backup and project are the same file</source>
        <comment>told</comment>
        <translation>备份与项目是同一个文件</translation>
    </message>
    <message>
        <source>Name the backup first, then the project that it shall replace</source>
        <comment>told</comment>
        <translation>请先指定备份,再指定要被替换的项目</translation>
    </message>
    <message>
        <source>The backup itself is damaged</source>
        <comment>told</comment>
        <translation>备份本身已损坏</translation>
    </message>
    <message>
        <source>Restore an older backup; the project is as it was</source>
        <comment>told</comment>
        <translation>请恢复更早的备份;项目保持原样</translation>
    </message>
    <message>
        <source>Choose another name for the backup</source>
        <comment>told</comment>
        <translation>请为备份选择其他名称</translation>
    </message>
    <message>
        <source>The copy could not be written</source>
        <comment>told</comment>
        <translation>无法写入副本</translation>
    </message>
    <message>
        <source>The history of a project that is gone lies here</source>
        <comment>told</comment>
        <translation>此处有一个已不存在的项目的历史记录</translation>
    </message>
    <message>
        <source>Put the project back with `oikos restore`, choose another name, or move the history away</source>
        <comment>told</comment>
        <translation>请用 `oikos restore` 恢复该项目、选择其他名称,或移走该历史记录</translation>
    </message>
    <message>
        <source>Make room. The newest {0} [value waits|values wait] in memory and [is|are] written as soon as that is possible</source>
        <comment>told</comment>
        <translation>请腾出空间。最新的 {0} 个值在内存中等待,一旦可行即写入</translation>
    </message>
    <message>
        <source>They are lost; everything before them is kept. Make room on the disk and start again</source>
        <comment>told</comment>
        <translation>这些值已丢失;之前的全部保留。请腾出磁盘空间后重新启动</translation>
    </message>
    <message>
        <source>The file was deleted, moved or replaced while Oikos wrote to it</source>
        <comment>told</comment>
        <translation>Oikos 写入期间,该文件被删除、移动或替换</translation>
    </message>
    <message>
        <source>The folder was deleted or moved while Oikos wrote into it</source>
        <comment>told</comment>
        <translation>Oikos 写入期间,该文件夹被删除或移动</translation>
    </message>
    <message>
        <source>Put it back, or restore a backup, and start again: what was recorded since may be lost</source>
        <comment>told</comment>
        <translation>请将其放回或恢复备份,然后重新启动:此后记录的内容可能已丢失</translation>
    </message>
    <message>
        <source>Target temperature</source>
        <translation>目标温度</translation>
    </message>
    <message>
        <source>Preset mode</source>
        <translation>预设模式</translation>
    </message>
    <message>
        <source>Swing mode</source>
        <translation>摆风模式</translation>
    </message>
    <message>
        <source>Swing horizontal mode</source>
        <translation>水平摆风模式</translation>
    </message>
    <message>
        <source>Oscillation</source>
        <translation>摇头</translation>
    </message>
    <message>
        <source>Update available</source>
        <translation>有可用更新</translation>
    </message>
    <message>
        <source>The template cannot be used: {0}</source>
        <comment>told</comment>
        <translation>无法使用该模板：{0}</translation>
    </message>
    <message>
        <source>It has no topic that could be read or commanded</source>
        <comment>told</comment>
        <translation>它没有可读取或可控制的主题</translation>
    </message>
    <message>
        <source>Oikos does not know the component {0}: {1}</source>
        <comment>told</comment>
        <translation>Oikos 不认识组件 {0}：{1}</translation>
    </message>
    <message>
        <source>The announcement is not valid JSON: {0}</source>
        <comment>told</comment>
        <translation>该公告不是有效的 JSON：{0}</translation>
    </message>
    <message>
        <source>The message begins like JSON and is not valid</source>
        <comment>told</comment>
        <translation>该消息以 JSON 开头但格式无效</translation>
    </message>
    <message>
        <source>this valve cannot stop</source>
        <comment>told</comment>
        <translation>此阀门无法停止</translation>
    </message>
    <message>
        <source>this valve only opens and closes</source>
        <comment>told</comment>
        <translation>此阀门只能打开和关闭</translation>
    </message>
    <message>
        <source>this cover only opens and closes</source>
        <comment>told</comment>
        <translation>此遮阳设备只能打开和关闭</translation>
    </message>
    <message>
        <source>The command template cannot be used: {0}</source>
        <comment>told</comment>
        <translation>无法使用该命令模板：{0}</translation>
    </message>
    <message>
        <source>The availability template cannot be used: {0}</source>
        <comment>told</comment>
        <translation>无法使用该可用性模板：{0}</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Gateways</source>
        <translation>网关</translation>
    </message>
    <message>
        <source>A broker or bridge is added under Install.</source>
        <translation>代理服务器或网桥在“安装”中添加。</translation>
    </message>
    <message>
        <source>No gateways yet.</source>
        <translation>还没有网关。</translation>
    </message>
    <message>
        <source>CA file</source>
        <translation>CA 文件</translation>
    </message>
    <message>
        <source>CA file…</source>
        <translation>CA 文件…</translation>
    </message>
    <message>
        <source>Certificate of</source>
        <translation>证书所有者</translation>
    </message>
    <message>
        <source>Certificate…</source>
        <translation>证书…</translation>
    </message>
    <message>
        <source>For</source>
        <translation>用于</translation>
    </message>
    <message>
        <source>It shows no certificate.</source>
        <translation>它没有出示证书。</translation>
    </message>
    <message>
        <source>Its devices leave the project and its password is forgotten. Their history stays.</source>
        <translation>其设备将离开项目，密码将被遗忘。历史数据保留。</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Log in…</source>
        <translation>登录…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Signed by</source>
        <translation>签发者</translation>
    </message>
    <message>
        <source>The file of the authority that signed the certificate (PEM)</source>
        <translation>签发该证书的机构的文件（PEM）</translation>
    </message>
    <message>
        <source>Trust this one</source>
        <translation>信任此证书</translation>
    </message>
    <message>
        <source>Trust what this computer trusts</source>
        <translation>信任本机所信任的</translation>
    </message>
    <message>
        <source>Trusts what this computer trusts</source>
        <translation>信任本机所信任的证书</translation>
    </message>
    <message>
        <source>Trusts one certificate: {fingerprint}</source>
        <translation>只信任一个证书：{fingerprint}</translation>
    </message>
    <message>
        <source>Trusts what this CA file signed: {file}</source>
        <translation>信任此 CA 文件签发的证书：{file}</translation>
    </message>
    <message>
        <source>Valid</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>as {user}</source>
        <translation>登录名 {user}</translation>
    </message>
    <message>
        <source>itself</source>
        <translation>自签</translation>
    </message>
    <message>
        <source>{count} online</source>
        <translation>{count} 个在线</translation>
    </message>
    <message>
        <source>{start} to {end}</source>
        <translation>{start} 至 {end}</translation>
    </message>
    <message>
        <source>The announcement is longer than {0} KiB</source>
        <comment>told</comment>
        <translation>公告超过 {0} KiB</translation>
    </message>
    <message>
        <source>The announcement is not valid JSON: {0} at character {1}</source>
        <comment>told</comment>
        <translation>公告不是有效的 JSON：{0}，位于第 {1} 个字符</translation>
    </message>
    <message>
        <source>The announcement is not UTF-8 text</source>
        <comment>told</comment>
        <translation>公告不是 UTF-8 文本</translation>
    </message>
    <message>
        <source>The announcement is nested too deeply or holds a number that is too long</source>
        <comment>told</comment>
        <translation>公告嵌套过深，或含有过长的数字</translation>
    </message>
    <message>
        <source>The announcement is not a JSON object</source>
        <comment>told</comment>
        <translation>公告不是 JSON 对象</translation>
    </message>
    <message>
        <source>The announcement of a device names no device or no components</source>
        <comment>told</comment>
        <translation>设备公告没有指明设备或组件</translation>
    </message>
    <message>
        <source>The announcement has more than {0} components</source>
        <comment>told</comment>
        <translation>公告的组件超过 {0} 个</translation>
    </message>
    <message>
        <source>The component {0} names no platform</source>
        <comment>told</comment>
        <translation>组件 {0} 没有指明平台</translation>
    </message>
    <message>
        <source>Oikos does not know the component {0}: only its state is shown, as text</source>
        <comment>told</comment>
        <translation>Oikos 不认识组件 {0}：只以文本显示其状态</translation>
    </message>
    <message>
        <source>Oikos does not know the component {0}: it is left out</source>
        <comment>told</comment>
        <translation>Oikos 不认识组件 {0}：已略过</translation>
    </message>
    <message>
        <source>Oikos reads at most {0} announcements of one broker</source>
        <comment>told</comment>
        <translation>Oikos 对一个代理服务器最多读取 {0} 条公告</translation>
    </message>
    <message>
        <source>Oikos reads at most {0} devices of one broker: {1} are left out</source>
        <comment>told</comment>
        <translation>Oikos 对一个代理服务器最多读取 {0} 个设备：略过 {1} 个</translation>
    </message>
    <message>
        <source>{0} more are not listed here</source>
        <comment>told</comment>
        <translation>另有 {0} 项未在此列出</translation>
    </message>
    <message>
        <source>The broker sends its announcements incompletely: {0} came, others may be missing</source>
        <comment>told</comment>
        <translation>代理服务器发送的公告不完整：已收到 {0} 条，可能还有缺失</translation>
    </message>
    <message>
        <source>The broker sends slowly: its announcements are still being read</source>
        <comment>told</comment>
        <translation>代理服务器发送缓慢：仍在读取其公告</translation>
    </message>
    <message>
        <source>The broker does not let this login read the topic</source>
        <comment>told</comment>
        <translation>代理服务器不允许此登录名读取该主题</translation>
    </message>
    <message>
        <source>The topic is not UTF-8 text</source>
        <comment>told</comment>
        <translation>主题不是 UTF-8 文本</translation>
    </message>
    <message>
        <source>{0} [message|messages] came faster than [it|they] could be read</source>
        <comment>told</comment>
        <translation>有 {0} 条消息来得太快，未能读取</translation>
    </message>
    <message>
        <source>The message is not JSON, which its template expects</source>
        <comment>told</comment>
        <translation>消息不是其模板所要求的 JSON</translation>
    </message>
    <message>
        <source>The message could not be understood: {0}</source>
        <comment>told</comment>
        <translation>无法理解该消息：{0}</translation>
    </message>
    <message>
        <source>The server shows another certificate than the one that was trusted</source>
        <comment>told</comment>
        <translation>服务器出示的证书与所信任的不同</translation>
    </message>
    <message>
        <source>If it got a new certificate, trust that one; if it did not, somebody may be in between</source>
        <comment>told</comment>
        <translation>如果它更换了证书，请信任新证书；如果没有，可能有人在中间窃听</translation>
    </message>
    <message>
        <source>The server's certificate is for {0}, not for {1}</source>
        <comment>told</comment>
        <translation>服务器的证书用于 {0}，而不是 {1}</translation>
    </message>
    <message>
        <source>Use one of these names as the address; or, if the fingerprint is that of your server, trust the certificate</source>
        <comment>told</comment>
        <translation>请用其中一个名称作为地址；或者，如果指纹与您的服务器一致，请信任该证书</translation>
    </message>
    <message>
        <source>The server's certificate was valid until {0}</source>
        <comment>told</comment>
        <translation>服务器的证书有效期至 {0}</translation>
    </message>
    <message>
        <source>Renew it at the server, or check this computer's clock</source>
        <comment>told</comment>
        <translation>请在服务器上更新证书，或检查本机时钟</translation>
    </message>
    <message>
        <source>The server's certificate is valid only from {0}</source>
        <comment>told</comment>
        <translation>服务器的证书自 {0} 起才有效</translation>
    </message>
    <message>
        <source>Check this computer's clock and the server's</source>
        <comment>told</comment>
        <translation>请检查本机和服务器的时钟</translation>
    </message>
    <message>
        <source>Nobody whom this computer trusts has signed the server's certificate: {0}</source>
        <comment>told</comment>
        <translation>服务器的证书不是由本机信任的机构签发的：{0}</translation>
    </message>
    <message>
        <source>If the fingerprint is that of your server, trust the certificate; or name the CA file it was signed with</source>
        <comment>told</comment>
        <translation>如果指纹与您的服务器一致，请信任该证书；或指定签发它的 CA 文件</translation>
    </message>
    <message>
        <source>The CA file cannot be read as a certificate</source>
        <comment>told</comment>
        <translation>无法将 CA 文件读取为证书</translation>
    </message>
    <message>
        <source>This is no fingerprint of a certificate</source>
        <comment>told</comment>
        <translation>这不是证书的指纹</translation>
    </message>
    <message>
        <source>It has 64 hexadecimal digits (SHA-256), as the window and `oikos add` show them</source>
        <comment>told</comment>
        <translation>它有 64 个十六进制数字（SHA-256），窗口和 `oikos add` 会显示</translation>
    </message>
    <message>
        <source>nobody on this network is called {0}</source>
        <comment>told</comment>
        <translation>此网络上没有名为 {0} 的设备</translation>
    </message>
    <message>
        <source>Change {0}</source>
        <comment>told</comment>
        <translation>更改 {0}</translation>
    </message>
    <message numerus="yes">
        <source>%n not read</source>
        <translation><numerusform>%n 项未读取</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n points</source>
        <translation><numerusform>%n 个数据点</numerusform></translation>
    </message>
    <message>
        <source>The plan has more than {0} shapes, its copies (`use`) included</source>
        <comment>told</comment>
        <translation>平面图含有超过 {0} 个图形（包括用 `use` 复制的）</translation>
    </message>
    <message>
        <source>The plan draws a part of itself inside that part, without end</source>
        <comment>told</comment>
        <translation>平面图在自身内部无限地重复绘制自己</translation>
    </message>
    <message>
        <source>The drawing repeats its blocks more often than any plan does</source>
        <comment>told</comment>
        <translation>图纸重复其图块的次数超出任何平面图</translation>
    </message>
    <message>
        <source>Remove what is no part of the plan and save it again</source>
        <comment>told</comment>
        <translation>请删除不属于平面图的内容后重新保存</translation>
    </message>
    <message>
        <source>The archive holds more than {0} files</source>
        <comment>told</comment>
        <translation>压缩包含有超过 {0} 个文件</translation>
    </message>
    <message>
        <source>The building has more than {0} million triangles</source>
        <comment>told</comment>
        <translation>建筑模型超过 {0} 百万个三角形</translation>
    </message>
    <message>
        <source>Leave out furniture or details that are repeated, and save it again</source>
        <comment>told</comment>
        <translation>请去掉重复的家具或细节后重新保存</translation>
    </message>
    <message>
        <source>{0} [thing|things] in the file [has|have] no valid identifier</source>
        <comment>told</comment>
        <translation>文件中有 {0} 个对象没有有效的标识符</translation>
    </message>
    <message>
        <source>They are told apart by their kind and name; a later version of the file may be recognised less well</source>
        <comment>told</comment>
        <translation>将按类别和名称区分它们；文件的新版本可能较难对应</translation>
    </message>
    <message>
        <source>{0} [thing is|things are] too complicated to build; [it is|they are] drawn without what is cut out of [it|them]</source>
        <comment>told</comment>
        <translation>有 {0} 个对象过于复杂，无法生成；绘制时未扣除其中的切口</translation>
    </message>
    <message>
        <source>Model them more simply where it matters, and export the file again</source>
        <comment>told</comment>
        <translation>如有需要，请简化这些对象的建模后重新导出文件</translation>
    </message>
    <message>
        <source>{0} [thing repeats|things repeat] a shape inside itself more often than any building does, and [was|were] left out</source>
        <comment>told</comment>
        <translation>有 {0} 个对象在自身内部过多地重复图形，已被略去</translation>
    </message>
    <message>
        <source>Do not trust them, or export them with their copies resolved</source>
        <comment>told</comment>
        <translation>请勿信任这些对象，或展开复制后重新导出</translation>
    </message>
    <message>
        <source>{0} [room has|rooms have] only an outline in the file; [it was|they were] made as high as [its|their] storey</source>
        <comment>told</comment>
        <translation>文件中有 {0} 个房间只有轮廓；已按其楼层的高度生成</translation>
    </message>
    <message>
        <source>Areas are exact; where heights matter, export the rooms with their volume</source>
        <comment>told</comment>
        <translation>面积是准确的；如需要高度，请连同体积导出房间</translation>
    </message>
    <message>
        <source>{0} [device has|devices have] no shape in the file; [it was|they were] put into the [room|rooms] that it names</source>
        <comment>told</comment>
        <translation>文件中有 {0} 个设备没有形状；已放入文件所指的房间</translation>
    </message>
    <message>
        <source>Drag those that hang elsewhere to their place</source>
        <comment>told</comment>
        <translation>请把位置不对的设备拖到正确的位置</translation>
    </message>
    <message>
        <source>The file holds letters that its format does not allow as they are; they were read as {0}</source>
        <comment>told</comment>
        <translation>文件中有其格式不允许直接使用的字符；已按 {0} 读取</translation>
    </message>
    <message>
        <source>Look at a few names; where they are wrong, export the file again</source>
        <comment>told</comment>
        <translation>请查看几个名称；如有错误，请重新导出文件</translation>
    </message>
    <message>
        <source>The device could not be understood: {0}</source>
        <comment>told</comment>
        <translation>无法理解该设备：{0}</translation>
    </message>
    <message>
        <source>The {0} template cannot be used: {1}</source>
        <comment>told</comment>
        <translation>无法使用 {0} 模板：{1}</translation>
    </message>
    <message>
        <source>the broker does not speak TLS on this port</source>
        <comment>told</comment>
        <translation>代理服务器在此端口不使用 TLS</translation>
    </message>
    <message>
        <source>the broker is gone: {0}</source>
        <comment>told</comment>
        <translation>代理服务器已断开：{0}</translation>
    </message>
    <message>
        <source>no answer from the broker</source>
        <comment>told</comment>
        <translation>代理服务器没有应答</translation>
    </message>
    <message>
        <source>the broker cannot be reached</source>
        <comment>told</comment>
        <translation>无法连接代理服务器</translation>
    </message>
    <message>
        <source>the broker does not let us listen: {0}</source>
        <comment>told</comment>
        <translation>代理服务器不允许我们监听：{0}</translation>
    </message>
    <message>
        <source>Meter changed</source>
        <translation>计量表已更换</translation>
    </message>
    <message>
        <source>Meter changed?</source>
        <translation>计量表更换了吗？</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>{counted} (estimated)</source>
        <translation>{counted}（估算）</translation>
    </message>
    <message>
        <source>Meter not changed: {name}, {when}</source>
        <translation>未更换计量表：{name}，{when}</translation>
    </message>
    <message>
        <source>Meter changed here: {name}…</source>
        <translation>此处更换了计量表：{name}…</translation>
    </message>
    <message>
        <source>The meter of {name} was changed</source>
        <translation>{name} 的计量表已更换</translation>
    </message>
    <message>
        <source>Consumption is then counted to the old reading and on from the new one. Leave empty what nobody read.</source>
        <translation>用量将计至旧表读数，再从新表读数继续计。无人抄录的请留空。</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Final reading of the old meter ({unit})</source>
        <translation>旧表最终读数（{unit}）</translation>
    </message>
    <message>
        <source>First reading of the new meter ({unit})</source>
        <translation>新表初始读数（{unit}）</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>Meter changed at {0}</source>
        <comment>told</comment>
        <translation>{0} 的计量表已更换</translation>
    </message>
    <message>
        <source>Meter not changed</source>
        <comment>told</comment>
        <translation>撤销计量表更换标记</translation>
    </message>
    <message>
        <source>It is no meter that was ever recorded</source>
        <comment>told</comment>
        <translation>这不是有记录的计量表</translation>
    </message>
    <message>
        <source>Choose a point that counts: energy, gas or water</source>
        <comment>told</comment>
        <translation>请选择会累计的测点：电能、燃气或水</translation>
    </message>
    <message>
        <source>It has not come to pass yet</source>
        <comment>told</comment>
        <translation>该时刻尚未到来</translation>
    </message>
    <message>
        <source>Give a time that has passed</source>
        <comment>told</comment>
        <translation>请给出已经过去的时间</translation>
    </message>
    <message>
        <source>A reading is a number</source>
        <comment>told</comment>
        <translation>读数必须是数字</translation>
    </message>
    <message>
        <source>Give the number that the meter showed</source>
        <comment>told</comment>
        <translation>请给出表上显示的数字</translation>
    </message>
    <message>
        <source>The old meter already said {0} before</source>
        <comment>told</comment>
        <translation>旧表在此之前的读数已是 {0}</translation>
    </message>
    <message>
        <source>Its final reading cannot be less</source>
        <comment>told</comment>
        <translation>其最终读数不能更小</translation>
    </message>
    <message>
        <source>The new meter said only {0} afterwards</source>
        <comment>told</comment>
        <translation>新表在此之后的读数只有 {0}</translation>
    </message>
    <message>
        <source>Its first reading cannot be more</source>
        <comment>told</comment>
        <translation>其初始读数不能更大</translation>
    </message>
    <message>
        <source>{0}: {1} [space|spaces] between walls ({2} m²) [is no room|are no rooms] in the home</source>
        <comment>told</comment>
        <translation>{0}：墙体之间有 {1} 处空间（{2} m²）在文件中不是房间</translation>
    </message>
    <message>
        <source>{0} more [thing|things] of the home [has|have] unreadable numbers</source>
        <comment>told</comment>
        <translation>另有 {0} 个物件的数值无法读取</translation>
    </message>
    <message>
        <source>{0} [feature has|features have] no shape or no level and [was|were] left out</source>
        <comment>told</comment>
        <translation>{0} 个要素没有形状或楼层，已略去</translation>
    </message>
    <message>
        <source>{0} [element lies|elements lie] impossibly far away and [was|were] left out</source>
        <comment>told</comment>
        <translation>{0} 个构件远得不可能，已略去</translation>
    </message>
    <message>
        <source>Parts of {0} [piece|pieces] stand as their model has them, not as moved in the home: {1}</source>
        <comment>told</comment>
        <translation>{0} 件物品的部件按其模型摆放，而不是按文件中移动后的位置：{1}</translation>
    </message>
    <message>
        <source>the device did not report it, and says that it need not, so nothing can confirm it</source>
        <comment>told</comment>
        <translation>设备未报告，且声明可以不报告，因此无法确认</translation>
    </message>
</context>
</TS>
